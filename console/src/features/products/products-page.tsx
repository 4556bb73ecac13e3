import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { ListProductsQuery, Product } from '@tradepost/contracts';
import { type ReactNode, useCallback, useMemo } from 'react';
import { list, query } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { FilterMenu, SearchField } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import type { Sort } from '../../components/table-head.tsx';
import { useSelection } from '../../components/use-selection.ts';
import { useText } from '../../i18n/locale.tsx';
import type { ProductFilters } from '../../routes/catalogue.ts';
import { productSorts, productStatuses } from '../../words.ts';
import { categoryPath } from '../categories/tree.ts';
import { ExportMenu } from '../imports/export-menu.tsx';
import { useCan } from '../session/session.ts';
import { useShopCurrency } from '../settings/use-shop.ts';
import { ViewBar } from '../views/view-bar.tsx';
import { BulkActions } from './bulk-actions.tsx';
import { CatalogueTabs } from './catalogue-tabs.tsx';
import { PickFilter, PriceFilter } from './pick-filter.tsx';
import { ProductPrice, ProductStatus, useCategories } from './product-words.tsx';

export const Route = createLazyRoute('/frame/products')({ component: ProductsPage });

function ProductsPage() {
  const text = useText();
  const { products } = text;
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  const { productId } = useParams({ strict: false });
  const mayWrite = useCan('products.write');
  const selection = useSelection();
  const columns = useProductColumns();
  const asked = useMemo(() => queryOf(filters), [filters]);
  const found = useInfiniteQuery(list('listProducts', { query: asked }));
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items), [found.data]);
  const { sort: _, ...narrowing } = filters;
  const filtered = Object.keys(narrowing).length > 0;

  const setFilters = useCallback(
    (change: { [K in keyof ProductFilters]?: ProductFilters[K] | undefined }) => {
      selection.clear();
      void navigate({ search: (before) => withoutEmpty({ ...before, ...change }), replace: true });
    },
    [navigate, selection.clear],
  );
  const setSearch = useCallback((q: string) => setFilters({ q }), [setFilters]);

  return (
    <ListDetail
      list={
        <Page
          title={text.nav.products}
          aside={
            <ViewBar
              list="products"
              filters={filters}
              onApply={(search) => void navigate({ search })}
              detailOpen={productId !== undefined}
            />
          }
          body="fill"
          actions={
            <>
              <ExportMenu operation="exportProducts" kind="products" />
              {mayWrite && (
                <Button
                  component={Link}
                  to="/products/new"
                  leftSection={<IconPlus size={14} aria-hidden />}
                  data-create
                >
                  {products.create}
                </Button>
              )}
            </>
          }
          toolbar={
            <>
              <CatalogueTabs />
              <Filters filters={filters} onChange={setFilters} onSearch={setSearch} />
            </>
          }
        >
          <DataTable
            key={JSON.stringify(filters)}
            name="products"
            label={products.title}
            rows={rows}
            columns={columns}
            rowId={(product) => product.id}
            rowLink={productRowLink}
            selectedId={productId}
            {...(mayWrite ? { selection } : {})}
            bulk={
              <BulkActions
                chosen={(rows ?? []).filter((row) => selection.ids.has(row.id))}
                filter={asked}
                more={found.hasNextPage && rows?.length === selection.ids.size}
                onDone={selection.clear}
              />
            }
            sort={sortOf(filters)}
            onSort={({ key, descending }) =>
              setFilters({ sort: `${descending ? '-' : ''}${key}` as ProductFilters['sort'] })
            }
            {...pagingOf(found)}
            empty={
              filters.status === 'deleted' ? (
                <EmptyState title={products.trash.title} help={products.trash.help} />
              ) : filtered ? (
                <EmptyState title={products.noMatch.title} help={products.noMatch.help} />
              ) : (
                <EmptyState
                  title={products.empty.title}
                  help={products.empty.help}
                  action={
                    mayWrite && (
                      <Link to="/products/new" className="link">
                        {products.create}
                      </Link>
                    )
                  }
                />
              )
            }
          />
        </Page>
      }
      detail={productId ? <Outlet /> : null}
    />
  );
}

interface FiltersProps {
  filters: ProductFilters;
  onChange: (change: { [K in keyof ProductFilters]?: ProductFilters[K] | undefined }) => void;
  onSearch: (q: string) => void;
}

function Filters({ filters, onChange, onSearch }: FiltersProps) {
  const { products } = useText();
  const currency = useShopCurrency();
  const categories = useCategories();
  const brands = useQuery(query('listBrands', { query: { limit: 200 } }));
  return (
    <>
      <SearchField label={products.search} value={filters.q ?? ''} onChange={onSearch} />
      <FilterMenu
        label={products.status}
        options={[
          ...productStatuses.map((value) => ({ value, label: products.statuses[value] })),
          { value: 'deleted' as const, label: products.deleted },
        ]}
        value={filters.status}
        onChange={(status) => onChange({ status })}
      />
      <PickFilter
        label={products.category}
        options={categories.map(({ id }) => ({ value: id, label: categoryPath(categories, id) }))}
        value={filters.category}
        onChange={(category) => onChange({ category })}
      />
      <PickFilter
        label={products.brand}
        options={(brands.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={filters.brand}
        onChange={(brand) => onChange({ brand })}
      />
      <FilterMenu
        label={products.stock}
        options={(['yes', 'no'] as const).map((value) => ({ value, label: products.stocks[value] }))}
        value={filters.stock}
        onChange={(stock) => onChange({ stock })}
      />
      <PriceFilter
        currency={currency}
        min={filters.min}
        max={filters.max}
        onChange={(min, max) => onChange({ min, max })}
      />
      <FilterMenu
        label={products.sort}
        options={productSorts
          .filter((value) => value !== 'relevance' || filters.q)
          .map((value) => ({ value, label: products.sorts[value] }))}
        value={filters.sort}
        onChange={(sort) => onChange({ sort })}
      />
    </>
  );
}

function useProductColumns(): readonly Column<Product>[] {
  const { products } = useText();
  return useMemo(
    () => [
      {
        key: 'name',
        header: products.product,
        width: 'minmax(140px, 3fr)',
        cell: (product) => product.name,
        card: 'title',
        sortable: true,
      },
      {
        key: 'sku',
        header: products.sku,
        width: 'minmax(96px, 150px)',
        cell: ({ variants: [first, ...others] }) => (
          <>
            <span className="mono">{first?.sku}</span>
            {others.length > 0 && <span className="dim"> +{others.length}</span>}
          </>
        ),
        copy: (product) => product.variants[0]?.sku ?? null,
        card: 'line',
      },
      {
        key: 'status',
        header: products.status,
        width: 'minmax(84px, 110px)',
        cell: (product) => <ProductStatus product={product} />,
        card: 'note',
      },
      {
        key: 'category',
        header: products.category,
        width: 'minmax(90px, 1fr)',
        cell: (product) => product.category ?? <span className="dim">{products.none}</span>,
        from: 760,
        card: 'hidden',
      },
      {
        key: 'brand',
        header: products.brand,
        width: 'minmax(80px, 1fr)',
        cell: (product) => product.brand ?? <span className="dim">{products.none}</span>,
        from: 900,
        card: 'hidden',
      },
      {
        key: 'price',
        header: products.price,
        width: 'minmax(110px, 150px)',
        align: 'right',
        cell: (product) => <ProductPrice product={product} />,
        card: 'aside',
        sortable: true,
      },
      {
        key: 'updated',
        header: products.updated,
        width: '104px',
        align: 'right',
        cell: (product) => <When at={product.updatedAt} />,
        from: 640,
        card: 'hidden',
      },
    ],
    [products],
  );
}

function productRowLink(product: Product, children: ReactNode) {
  return (
    <Link to="/products/$productId" params={{ productId: product.id }} search {...rowLinkProps}>
      {children}
    </Link>
  );
}

/** What the address asks for, in the words of the call. */
function queryOf(filters: ProductFilters): Partial<ListProductsQuery> {
  const { q, category, brand, status, stock, min, max, sort } = filters;
  return {
    ...(q ? { search: q } : {}),
    ...(category ? { category } : {}),
    ...(brand ? { brand } : {}),
    ...(status === 'deleted' ? { deleted: 'true' } : status ? { status } : {}),
    ...(stock ? { inStock: stock === 'yes' ? 'true' : 'false' } : {}),
    ...(min === undefined ? {} : { minPriceMinor: min }),
    ...(max === undefined ? {} : { maxPriceMinor: max }),
    ...(sort ? { sort } : {}),
  };
}

function sortOf({ sort }: ProductFilters): Sort | null {
  if (sort === undefined) return null;
  return { key: sort.replace('-', ''), descending: sort.startsWith('-') || sort === 'updated' };
}

/** An empty filter leaves the URL. */
function withoutEmpty(
  filters: { [K in keyof ProductFilters]?: ProductFilters[K] | undefined },
): ProductFilters {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''),
  );
}
