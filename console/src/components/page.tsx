/** The frame of every page: its title (also the tab's), its actions, a toolbar, and a body that decides how it scrolls. */
import { IconArrowLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useText } from '../i18n/locale.tsx';
import { useWide } from './list-detail.tsx';
import classes from './page.module.css';
import { useTabTitle } from './use-tab-title.ts';

interface PageProps {
  title: string;
  /** Stands beside the title: a count, a state. */
  aside?: ReactNode;
  actions?: ReactNode;
  toolbar?: ReactNode;
  /** `scroll`: the body scrolls as one; `fill`: its child fills the height and scrolls by itself, as a table does. */
  body?: 'scroll' | 'fill';
  children: ReactNode;
}

export function Page({ title, aside, actions, toolbar, body = 'scroll', children }: PageProps) {
  useTabTitle(title);
  return (
    <section className={classes.page} aria-labelledby="page-title">
      <header className={classes.header}>
        <h1 id="page-title" className={classes.title} tabIndex={-1}>
          {title}
        </h1>
        {aside}
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {toolbar && <div className={classes.toolbar}>{toolbar}</div>}
      <div className={body === 'fill' ? classes.fill : classes.scroll}>{children}</div>
    </section>
  );
}

interface DetailProps {
  /** For the tab, in words. */
  tabTitle: string;
  /** The name as the heading shows it; the tab's title where it is left out. */
  name?: ReactNode;
  /** Its state, beside the name. */
  state?: ReactNode;
  /** The next sensible action as the one filled button; others beside it subtle. */
  actions?: ReactNode;
  /** Leads back to the list; Esc does the same. */
  close: ReactNode;
  children: ReactNode;
}

/** The frame of a detail, beside its list on wide screens and a page of its own on narrow ones. */
export function Detail({ tabTitle, name, state, actions, close, children }: DetailProps) {
  useTabTitle(tabTitle);
  const Heading = useWide() ? 'h2' : 'h1';
  return (
    <article className={classes.detail} aria-label={tabTitle}>
      <header className={classes.detailHeader}>
        {close}
        <div className={classes.heading}>
          <Heading className={classes.name}>{name ?? tabTitle}</Heading>
          {state}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      <div className={classes.detailBody}>{children}</div>
    </article>
  );
}

/** What a link back to the list shows; the link itself is the router's, with its own typing. */
export function BackMark() {
  const text = useText();
  return (
    <span className={classes.back}>
      <IconArrowLeft size={18} aria-hidden />
      <span className="visually-hidden">{text.actions.back}</span>
    </span>
  );
}

export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={classes.section}>
      <header className={classes.sectionHeader}>
        <h2 className={classes.sectionTitle}>{title}</h2>
        {aside && <div className={classes.sectionAside}>{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** Facts in two columns: a term and what it is. Facts without a value are left out by the caller. */
export function Facts({ items }: { items: readonly (readonly [term: string, value: ReactNode])[] }) {
  return (
    <dl className={classes.facts}>
      {items.map(([term, value]) => (
        <div key={term} className={classes.fact}>
          <dt className={classes.term}>{term}</dt>
          <dd className={classes.value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
