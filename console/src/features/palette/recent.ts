/** What a person looked at lately in this shop, newest first. */
import { useEffect, useMemo } from 'react';
import { type Kept, keep, readKept, useKept } from '../../preferences/kept.ts';
import { useSession } from '../session/session.ts';

export interface Recent {
  kind: 'order' | 'stock' | 'product' | 'task' | 'account' | 'purchase_order' | 'supplier' | 'import';
  /** What its address needs: an id, or the SKU of a stock item. */
  id: string;
  label: string;
  detail?: string;
}

const MOST = 8;
const none: Recent[] = [];

function isRecents(value: unknown): value is Recent[] {
  return Array.isArray(value) && value.every((each) => typeof each?.id === 'string' && each.label);
}

function useRecentKept(): Kept<Recent[]> {
  const { tenant } = useSession();
  return useMemo(
    () => ({ key: `recent:${tenant.tenantId}`, fallback: none, valid: isRecents }),
    [tenant.tenantId],
  );
}

export function useRecent(): readonly Recent[] {
  return useKept(useRecentKept())[0];
}

/** Notes that this is being looked at, once it is known. A detail page calls it with what it shows. */
export function useRemember(
  kind: Recent['kind'],
  id: string,
  label: string | undefined,
  detail?: string,
): void {
  const kept = useRecentKept();
  useEffect(() => {
    if (label === undefined) return;
    const others = readKept(kept).filter((each) => each.kind !== kind || each.id !== id);
    keep(kept, [{ kind, id, label, ...(detail ? { detail } : {}) }, ...others].slice(0, MOST));
  }, [kept, kind, id, label, detail]);
}
