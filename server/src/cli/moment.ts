/** Moments as people write them: a span such as `15m`, or an instant. */
import { z } from 'zod';

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A span from now, or a moment of its own. */
export type Moment = { spanMs: number } | { at: Date };

const span = z
  .string()
  .regex(/^\d{1,6}[smhd]$/)
  .transform((text) => ({
    spanMs: Number(text.slice(0, -1)) * unitMs[text.slice(-1) as keyof typeof unitMs],
  }));
const instant = z.iso.datetime({ offset: true }).transform((text) => ({ at: new Date(text) }));

export const moment = {
  schema: z.union([span, instant]) as z.ZodType<Moment, string>,
  allowed: 'a span such as 30s, 15m, 2h, 7d or an instant such as 2026-01-31T08:00:00Z',
};

/** An opaque place in the event log, as the sockets and `events tail --json` tell it. */
const offset = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-z]{1,13}-[0-9a-z]{1,13}$/)
  .transform((text) => ({ offset: text }));

export const momentOrOffset = {
  schema: z.union([span, instant, offset]) as z.ZodType<Moment | { offset: string }, string>,
  allowed: `${moment.allowed}, or the offset of an event`,
};
