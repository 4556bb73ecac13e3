/** The log as sentences, day by day; each opens to what stood before and after. */
import { IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { AuditEntry } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { Copyable } from '../../components/figures.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './audit.module.css';
import { useAuditWords } from './audit-words.ts';

interface Props {
  entries: readonly AuditEntry[];
  /** Narrows the list to one actor or one thing. */
  onOnly: (filter: { actor?: string; entity?: string; entityId?: string }) => void;
}

export function AuditEntries({ entries, onOnly }: Props) {
  const { audit } = useText();
  const formats = useFormats();
  const days = Map.groupBy(entries, (entry) => formats.date(new Date(entry.at)));
  return [...days].map(([day, ofDay]) => (
    <section key={day} className={classes.day} aria-label={`${audit.title}, ${day}`}>
      <h2 className={classes.date}>{day}</h2>
      <ul className={classes.entries}>
        {ofDay.map((entry) => (
          <Entry key={entry.id} entry={entry} onOnly={onOnly} />
        ))}
      </ul>
    </section>
  ));
}

function Entry({ entry, onOnly }: { entry: AuditEntry; onOnly: Props['onOnly'] }) {
  const { audit } = useText();
  const formats = useFormats();
  const words = useAuditWords();
  const [open, setOpen] = useState(false);
  const at = new Date(entry.at);
  const sentence = words.sentence(entry);
  return (
    <li className={classes.entry} data-open={open || undefined}>
      <button type="button" className={classes.line} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconChevronRight size={14} aria-hidden className={classes.chevron} />
        <span className={classes.sentence}>
          <strong>{words.actor(entry)}</strong> {sentence.text}
          {sentence.change && <span className={classes.change}> {sentence.change}</span>}
        </span>
        <time className={classes.at} dateTime={entry.at} title={formats.exact(at)}>
          {formats.clock(at)}
        </time>
      </button>
      {open && (
        <div className={classes.details}>
          <FieldTable entry={entry} />
          <div className={classes.ways}>
            <ThingLink entry={entry}>{audit.open}</ThingLink>
            <button type="button" className="link" onClick={() => onOnly({ actor: entry.actor })}>
              {audit.onlyBy(words.actor(entry))}
            </button>
            <button
              type="button"
              className="link"
              onClick={() => onOnly({ entity: entry.entity, entityId: entry.entityId })}
            >
              {audit.onlyThis}
            </button>
            {entry.requestId && (
              <span className="dim">
                {audit.request} <Copyable value={entry.requestId} />
              </span>
            )}
          </div>
        </div>
      )}
    </li>
  );
}

/** Each field that changed, with what stood there before and after. */
function FieldTable({ entry }: { entry: AuditEntry }) {
  const { audit } = useText();
  const words = useAuditWords();
  const fields = [...new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})])];
  const { before, after } = entry;
  return (
    <table className={classes.fields}>
      <thead>
        <tr>
          <th scope="col">{audit.field}</th>
          {before && <th scope="col">{audit.before}</th>}
          {after && <th scope="col">{audit.after}</th>}
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field}>
            <th scope="row">{words.field(field)}</th>
            {before && <td>{words.value(entry, field, before[field])}</td>}
            {after && <td>{words.value(entry, field, after[field])}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** To where the thing is shown, if it has such a place and is still there. */
function ThingLink({ entry, children }: { entry: AuditEntry; children: ReactNode }) {
  const { entity, entityId, entityName } = entry;
  if (entity === 'product') {
    return (
      <Link to="/products/$productId" params={{ productId: entityId }} className="link">
        {children}
      </Link>
    );
  }
  // A product is found by the SKU of any of its variants.
  if (entity === 'variant' && entityName !== null) {
    return (
      <Link to="/products/$productId" params={{ productId: entityName }} className="link">
        {children}
      </Link>
    );
  }
  if (entity === 'category' && entityName !== null) {
    return (
      <Link to="/products" search={{ category: entityId }} className="link">
        {children}
      </Link>
    );
  }
  if (entity === 'marketplace_account' && entityName !== null) {
    return (
      <Link to="/marketplaces/$accountId" params={{ accountId: entityId }} className="link">
        {children}
      </Link>
    );
  }
  if (entity === 'api_key') {
    return (
      <Link to="/settings/keys" className="link">
        {children}
      </Link>
    );
  }
  if (entity === 'member' || entity === 'invitation') {
    return (
      <Link to="/settings/people" className="link">
        {children}
      </Link>
    );
  }
  if (entity === 'tenant') {
    return (
      <Link to="/settings" className="link">
        {children}
      </Link>
    );
  }
  return null;
}
