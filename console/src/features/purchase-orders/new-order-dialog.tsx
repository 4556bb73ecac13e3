/** Begins a draft: from whom, and where to. Its lines are written on its own page. */
import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { Lines } from '../../components/states.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';

export function NewOrderDialog({ supplierId, onClose }: { supplierId?: string; onClose: () => void }) {
  const { purchaseOrders, suppliers } = useText();
  const navigate = useNavigate();
  const locations = useLocations();
  const known = useQuery(query('listSuppliers', { query: { limit: 200 } }));
  const [chosen, setChosen] = useState(supplierId ?? '');
  const [location, setLocation] = useState('');
  const create = useCall('createPurchaseOrder', ({ id }) => {
    onClose();
    void navigate({ to: '/purchasing/orders/$purchaseOrderId', params: { purchaseOrderId: id } });
  });
  const all = known.data?.items;
  return (
    <Dialog title={purchaseOrders.create} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen === '' || create.isPending) return;
          create.mutate({ body: { supplierId: chosen, ...(location ? { location } : {}) } });
        }}
      >
        {all === undefined ? (
          !known.error && <Lines count={2} />
        ) : all.length === 0 ? (
          <p>
            {purchaseOrders.noSupplier}{' '}
            <Link to="/purchasing/suppliers" className="link" onClick={onClose}>
              {suppliers.title}
            </Link>
          </p>
        ) : (
          <NativeSelect
            label={suppliers.supplier}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={[
              { value: '', label: purchaseOrders.chooseSupplier, disabled: true },
              ...all.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            data-autofocus
          />
        )}
        {locations.several && (
          <NativeSelect
            label={purchaseOrders.location}
            value={location}
            onChange={(event) => setLocation(event.currentTarget.value)}
            data={locations.inUse.map(({ code, name }) => ({ value: code, label: name }))}
          />
        )}
        <SubmitRow
          onCancel={onClose}
          error={known.error ?? create.error}
          loading={create.isPending}
          disabled={chosen === ''}
        >
          {purchaseOrders.createSubmit}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
