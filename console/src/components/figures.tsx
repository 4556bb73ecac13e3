/** Small inline things that every screen shows: money, times, names to copy, figures that change. */
import { Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useFormats, useText } from '../i18n/locale.tsx';
import { copyText } from './copy-text.ts';
import classes from './figures.module.css';

/** `minor` is in the currency's smallest unit. */
export function Money({ minor, currency }: { minor: number; currency: string }) {
  return <span className={classes.figure}>{useFormats().money(minor, currency)}</span>;
}

const tickListeners = new Set<() => void>();
let ticker: ReturnType<typeof setInterval> | undefined;

/** One clock for all relative times on the screen. */
function onTick(listener: () => void): () => void {
  tickListeners.add(listener);
  ticker ??= setInterval(() => {
    for (const each of tickListeners) each();
  }, 1_000);
  return () => {
    tickListeners.delete(listener);
    if (tickListeners.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
  };
}

/** How long ago, ticking; the exact time on hover and for screen readers. Renders again only when its words change. */
export function When({ at, missing }: { at: string | null; missing?: string }) {
  const formats = useFormats();
  const text = useText();
  const date = at === null ? null : new Date(at);
  const words = useSyncExternalStore(onTick, () => (date === null ? '' : formats.relative(date, new Date())));
  if (date === null) return <span className="dim">{missing ?? text.time.notYet}</span>;
  return (
    <time className={classes.figure} dateTime={date.toISOString()} title={formats.exactWithUtc(date)}>
      {words}
    </time>
  );
}

/** The present instant, exact and ticking, in the zone and clock that all times are shown in. */
export function Instant({ children }: { children: (now: string) => ReactNode }) {
  const formats = useFormats();
  return children(useSyncExternalStore(onTick, () => formats.exact(new Date())));
}

/** A number that is marked for a moment when it changes under one's eyes. */
export function Figure({ value }: { value: number }) {
  const formats = useFormats();
  const first = useRef(value);
  const changed = first.current !== value;
  useEffect(() => {
    // From the first change on, every later value counts as a change, also a return to the first one.
    if (changed) first.current = Number.NaN;
  }, [changed]);
  return (
    <span key={value} className={classes.figure} data-ticked={changed || undefined}>
      {formats.number(value)}
    </span>
  );
}

/** An id, SKU or number in mono; a click copies it. */
export function Copyable({
  value,
  children,
  wrap = false,
}: {
  value: string;
  children?: ReactNode;
  wrap?: boolean;
}) {
  const text = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_200);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Tooltip label={copied ? text.actions.copied : text.actions.copy} opened={copied || undefined}>
      <button
        type="button"
        className={classes.copyable}
        data-wrap={wrap || undefined}
        onClick={(event) => {
          event.stopPropagation();
          event.preventDefault();
          void copyText(value).then(() => setCopied(true));
        }}
      >
        <span className={classes.copyText}>{children ?? value}</span>
        {copied ? (
          <IconCheck size={12} aria-hidden />
        ) : (
          <IconCopy size={12} className={classes.copyIcon} aria-hidden />
        )}
        <span className="visually-hidden">{copied ? text.actions.copied : text.actions.copy}</span>
      </button>
    </Tooltip>
  );
}

/** A stock keeping unit as the merchant writes it. */
export function Sku({ value }: { value: string }) {
  return <Copyable value={value} />;
}
