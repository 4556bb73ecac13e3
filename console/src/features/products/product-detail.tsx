import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { Product } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { categoryPath } from '../categories/tree.ts';
import { useCan } from '../session/session.ts';
import { Listings } from './listings.tsx';
import { ProductStatus, useCategories } from './product-words.tsx';
import classes from './products.module.css';
import { Variants } from './variants.tsx';

export const Route = createLazyRoute('/frame/products/$productId')({ component: ProductDetail });

function ProductDetail() {
  const { products } = useText();
  const { productId } = Route.useParams();
  const maySeeListings = useCan('marketplaces.read');
  const product = useQuery(query('getProduct', { params: { id: productId }, query: { deleted: 'true' } }));
  const close = (
    <Link to="/products" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (product.data === undefined) {
    return (
      <Detail tabTitle={products.product} close={close}>
        {product.error ? (
          <ErrorState error={product.error} onRetry={() => void product.refetch()} />
        ) : (
          <Lines count={10} />
        )}
      </Detail>
    );
  }
  const { name, deletedAt, description, variants } = product.data;
  return (
    <Detail
      tabTitle={name}
      state={<ProductStatus product={product.data} />}
      actions={<ProductActions product={product.data} />}
      close={close}
    >
      {deletedAt !== null && <p className={classes.callout}>{products.isDeleted}</p>}
      <Section title={products.facts}>
        <ProductFacts product={product.data} />
      </Section>
      {description && (
        <Section title={products.description}>
          <p className={classes.description}>{description}</p>
        </Section>
      )}
      <Section
        title={products.variants}
        aside={variants.length > 1 && products.variantCount(variants.length)}
      >
        <Variants product={product.data} />
      </Section>
      {maySeeListings && (
        <Section title={products.listings}>
          <Listings productId={product.data.id} />
        </Section>
      )}
    </Detail>
  );
}

function ProductFacts({ product }: { product: Product }) {
  const { products } = useText();
  const categories = useCategories();
  const none = <span className="dim">{products.none}</span>;
  const facts: (readonly [string, ReactNode])[] = [
    [
      products.category,
      product.categoryId === null ? none : categoryPath(categories, product.categoryId) || product.category,
    ],
    [products.brand, product.brand ?? none],
    [products.created, <When key="created" at={product.createdAt} />],
    [products.updated, <When key="updated" at={product.updatedAt} />],
    ...Object.entries(product.attributes),
  ];
  return <Facts items={facts} />;
}

/** Edit is the one sensible next step; of a deleted product it is bringing it back. */
function ProductActions({ product }: { product: Product }) {
  const { products } = useText();
  const mayWrite = useCan('products.write');
  const params = { id: product.id };
  const restore = useCall('restoreProduct', () => toast(products.restoredDone(product.name)));
  const remove = useCall('deleteProduct', () =>
    offerUndo(products.deletedDone(product.name), () => restore.mutateAsync({ params })),
  );
  if (!mayWrite) return null;
  if (product.deletedAt !== null) {
    return (
      <Button loading={restore.isPending} onClick={() => restore.mutate({ params }, { onError: toastError })}>
        {products.restore}
      </Button>
    );
  }
  return (
    <>
      <Button
        renderRoot={(props) => (
          <Link to="/products/$productId/edit" params={{ productId: product.id }} {...props} />
        )}
        leftSection={<IconPencil size={14} aria-hidden />}
      >
        {products.edit}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={products.actions}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={() => remove.mutate({ params }, { onError: toastError })}
          >
            {products.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
