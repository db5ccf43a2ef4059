import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { visible } from '../format.js';
import { setTitle } from '../red.js';
import { Term } from '../ui/term.js';
import { Name } from '../ui/text.js';

interface Props {
  title: string;
  lead?: ComponentChildren;
  /** The parent page. */
  up?: { href: string; name: string };
  children: ComponentChildren;
}

/** The title and introduction of every page. */
export function PageFrame({ title, lead, up, children }: Props) {
  useEffect(() => {
    setTitle(title === 'Overview' ? 'Salvor' : `${visible(title)} · Salvor`);
  }, [title]);
  return (
    <>
      <div class="page-head">
        {up && (
          <p class="crumb">
            <a href={up.href}>
              <Name text={up.name} />
            </a>
          </p>
        )}
        <h1 tabIndex={-1}>
          <Name text={title} />
        </h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {children}
    </>
  );
}

export function Card({
  title,
  aside,
  children,
  id,
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  id?: string;
}) {
  const heading = `card-${id ?? title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return (
    <section class="card" aria-labelledby={heading}>
      <div class="card-head">
        <h2 id={heading}>
          <Term text={title} />
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export interface Fact {
  name: string;
  value: ComponentChildren;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>
            <Term text={name} />
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
