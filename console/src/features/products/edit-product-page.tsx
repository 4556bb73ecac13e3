import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, useRouter } from '@tanstack/react-router';
import type { Category, Product } from '@tradepost/contracts';
import { useState } from 'react';
import { CallFailed, call } from '../../api/call.ts';
import { query, useCall } from '../../api/queries.ts';
import { Page } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { ConflictDialog } from './conflict-dialog.tsx';
import { draftOf, type ProductDraft, patchBody } from './draft.ts';
import { conflictsOf, mergeDrafts } from './merge.ts';
import { ProductEditor } from './product-editor.tsx';

export const Route = createLazyRoute('/frame/products/$productId/edit')({ component: EditProductPage });

function EditProductPage() {
  const { products } = useText();
  const { productId } = Route.useParams();
  // A key of its own: what is edited is what was read when the form was opened, and no event changes it under one's hands.
  const product = useQuery({
    queryKey: ['editedProduct', productId],
    queryFn: ({ signal }) => call('getProduct', { params: { id: productId } }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const categories = useQuery(query('listCategories', {}));
  const error = product.error ?? categories.error;
  if (product.data === undefined || categories.data === undefined) {
    return (
      <Page title={products.editTitle}>
        {error ? (
          <ErrorState
            error={error}
            onRetry={() => {
              void product.refetch();
              void categories.refetch();
            }}
          />
        ) : (
          <Lines count={10} />
        )}
      </Page>
    );
  }
  return <EditProduct opened={product.data} categories={categories.data.items} />;
}

function EditProduct(props: { opened: Product; categories: readonly Category[] }) {
  const { products } = useText();
  const router = useRouter();
  const { categories } = props;
  const [opened] = useState(props.opened);
  const [base] = useState(() => draftOf(opened, categories));
  const [mine, setMine] = useState(base);
  const params = { productId: opened.id };
  const leave = (ignoreBlocker: boolean) =>
    void router.navigate({ to: '/products/$productId', params, ignoreBlocker });
  const update = useCall('updateProduct', (product) => {
    toast(products.saved(product.name));
    leave(true);
  });
  const send = (from: ProductDraft, draft: ProductDraft, version: number) => {
    const body = patchBody(from, draft, categories, version);
    if (body === null) leave(true);
    else update.mutate({ params: { id: opened.id }, body });
  };
  const meanwhile = currentOf(update.error);
  const theirs = meanwhile && draftOf(meanwhile, categories);
  return (
    <>
      <ProductEditor
        title={products.editTitle}
        base={base}
        submit={products.save}
        busy={update.isPending}
        error={meanwhile ? null : update.error}
        onSubmit={(draft) => {
          setMine(draft);
          send(base, draft, opened.version);
        }}
        onLeave={() => leave(false)}
      />
      {meanwhile && theirs && (
        <ConflictDialog
          conflicts={conflictsOf(base, mine, theirs)}
          busy={update.isPending}
          onClose={update.reset}
          onSave={(keepsYours) =>
            send(theirs, mergeDrafts(base, mine, theirs, keepsYours), meanwhile.version)
          }
        />
      )}
    </>
  );
}

/** The product as someone else saved it meanwhile, of a refusal for its version. */
function currentOf(error: unknown): Product | null {
  if (!(error instanceof CallFailed) || error.problem?.code !== 'VERSION_CONFLICT') return null;
  return (error.problem.conflict?.current as Product | undefined) ?? null;
}
