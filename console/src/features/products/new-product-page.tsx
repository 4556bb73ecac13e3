import { createLazyRoute, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { useShopCurrency } from '../settings/use-shop.ts';
import { createBody, emptyDraft } from './draft.ts';
import { ProductEditor } from './product-editor.tsx';
import { useCategories } from './product-words.tsx';

export const Route = createLazyRoute('/frame/products/new')({ component: NewProductPage });

function NewProductPage() {
  const { products } = useText();
  const router = useRouter();
  const categories = useCategories();
  const currency = useShopCurrency();
  const [blank] = useState(() => emptyDraft(currency));
  const create = useCall('createProduct', (product) => {
    toast(products.created_(product.name));
    void router.navigate({
      to: '/products/$productId',
      params: { productId: product.id },
      ignoreBlocker: true,
    });
  });
  return (
    <ProductEditor
      title={products.createTitle}
      base={blank}
      submit={products.createSubmit}
      busy={create.isPending}
      error={create.error}
      onSubmit={(draft) => create.mutate({ body: createBody(draft, categories) })}
      onLeave={() => void router.navigate({ to: '/products' })}
    />
  );
}
