/** An entry of the log in words: who, what they did, and from what to what. */
import type { AuditEntry, Role } from '@tradepost/contracts';
import type { Catalogue } from '../../i18n/en.ts';
import type { Formats } from '../../i18n/formats.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useShopCurrency } from '../settings/use-shop.ts';

interface AuditWords {
  actor: (entry: AuditEntry) => string;
  /** What was done to what, without the actor; `change` from what to what, where one field says it all. */
  sentence: (entry: AuditEntry) => { text: string; change: string | null };
  field: (name: string) => string;
  value: (entry: AuditEntry, field: string, value: unknown) => string;
}

export function useAuditWords(): AuditWords {
  const text = useText();
  const formats = useFormats();
  const currency = useShopCurrency();
  return createAuditWords(text, formats, currency);
}

/** Values longer than this stand in the details only. */
const SHORT = 60;

export function createAuditWords(text: Catalogue, formats: Formats, currency: string): AuditWords {
  const { audit, frame } = text;
  const fieldWord = (name: string): string => {
    const known = audit.fields[name as keyof typeof audit.fields];
    // A field this console does not know is named as the log names it.
    return known ?? name.replaceAll('_', ' ');
  };
  const valueWord = (entry: AuditEntry, field: string, value: unknown): string => {
    if (value === null || value === undefined || value === '') return audit.nothing;
    if (value === 'redacted') return audit.redacted;
    if (typeof value === 'boolean') return value ? audit.yes : audit.no;
    if (typeof value === 'number') {
      if (field.endsWith('_minor')) return formats.money(value, currencyOf(entry) ?? currency);
      if (field === 'vat_rate_bps') return formats.percent(value / 10_000);
      return formats.number(value);
    }
    if (field === 'role' && typeof value === 'string') return frame.roles[value as Role] ?? value;
    if (field === 'outcome' && typeof value === 'string')
      return audit.outcomes[value as keyof typeof audit.outcomes] ?? value;
    if (typeof value === 'string' && isInstant(value)) return formats.exact(new Date(value));
    if (Array.isArray(value)) return value.map((each) => valueWord(entry, field, each)).join(', ');
    if (typeof value === 'object') {
      return Object.entries(value)
        .map(([name, each]) => `${name}: ${String(each)}`)
        .join(', ');
    }
    return String(value);
  };
  const thing = (entry: AuditEntry): string => {
    const noun = audit.entities[entry.entity as keyof typeof audit.entities] ?? entry.entity;
    const name = nameOf(entry);
    return name === null ? lower(noun) : `${lower(noun)} ${name}`;
  };
  return {
    actor: (entry) => entry.actorName ?? audit.system,
    field: fieldWord,
    value: valueWord,
    sentence: (entry) => {
      const { entity, action, before, after } = entry;
      if (entity === 'sign_in') {
        const name = nameOf(entry) ?? '';
        return {
          text: after?.outcome === 'succeeded' ? audit.signedIn : audit.signInRefused(name),
          change: null,
        };
      }
      if (action === 'insert') return { text: audit.made(thing(entry)), change: null };
      if (action === 'delete') return { text: audit.removed(thing(entry)), change: null };
      const fields = Object.keys(after ?? {});
      const [only] = fields;
      if (only === undefined || fields.length > 1) {
        return { text: audit.changed(thing(entry)), change: fields.map(fieldWord).join(', ') };
      }
      if (only === 'deleted_at') {
        const gone = after?.deleted_at !== null && after?.deleted_at !== undefined;
        return { text: gone ? audit.removed(thing(entry)) : audit.restored(thing(entry)), change: null };
      }
      if (only === 'revoked_at') return { text: audit.revoked(thing(entry)), change: null };
      if (after?.[only] === 'redacted') return { text: audit.changed(thing(entry)), change: null };
      const change = `${valueWord(entry, only, before?.[only])} → ${valueWord(entry, only, after?.[only])}`;
      return {
        text: audit.changedField(lower(fieldWord(only)), thing(entry)),
        change: change.length <= SHORT ? change : null,
      };
    },
  };
}

/** Its name now, or as the entry has it. */
function nameOf({ entityName, before, after }: AuditEntry): string | null {
  if (entityName !== null) return entityName;
  const named = [after, before].flatMap((fields) => [fields?.name, fields?.sku, fields?.email]);
  return (named.find((name) => typeof name === 'string') as string | undefined) ?? null;
}

function currencyOf({ before, after }: AuditEntry): string | null {
  const currency = after?.currency ?? before?.currency;
  return typeof currency === 'string' ? currency : null;
}

/** Within a sentence a noun is small, an abbreviation such as API stays. */
function lower(words: string): string {
  return /^\p{Lu}{2}/u.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}

function isInstant(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
}
