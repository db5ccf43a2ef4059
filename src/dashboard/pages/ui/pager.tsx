import type { Page } from '../../api/session.js';
import { count } from '../format.js';
import { parameter, withParameters } from '../router.js';
import { Icon } from './icon.js';

/** Links to the first and the next page. With keyset pagination the thousandth page is as fast as the first. */
export function Pager<T>({
  page,
  what,
  cursor = 'after',
}: {
  page: Page<T>;
  what: string;
  /** The query parameter with the cursor. Two lists on one page need different ones. */
  cursor?: string;
}) {
  const later = parameter(cursor) !== undefined;
  if (!later && page.next === null) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      {later ? (
        <a class="button" href={withParameters({ [cursor]: undefined })}>
          <Icon name="first" /> First page
        </a>
      ) : (
        <span />
      )}
      <span class="muted">
        {count(page.rows.length)} {page.next === null ? 'on this last page' : 'on this page'}
      </span>
      {page.next !== null ? (
        <a class="button" href={withParameters({ [cursor]: page.next })} rel="next">
          Next page <Icon name="next" />
        </a>
      ) : (
        <span />
      )}
    </nav>
  );
}
