import { computed, signal } from '@preact/signals';
import { focusBack, leave, scrollBack } from './back.js';

/** The current URL. It contains all state that is worth sharing as a link. */
const place = signal(new URL(location.href));

export const path = computed(() => place.value.pathname);

/** A query parameter; undefined if absent or empty. */
export function parameter(name: string): string | undefined {
  return place.value.searchParams.get(name) || undefined;
}

export function go(href: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', href);
  else {
    leave();
    history.pushState(null, '', href);
  }
  place.value = new URL(location.href);
  if (!options.replace) window.scrollTo(0, 0);
}

/**
 * The current URL with some parameters changed; undefined removes one. A changed filter must also remove the cursor.
 */
export function withParameters(changes: Record<string, string | undefined>): string {
  const url = new URL(place.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

/** Builds a URL from a path and parameters. */
export function address(base: string, parameters: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? base : `${base}?${text}`;
}

/** Handles clicks on internal links. External links and those for another tab are left to the browser. */
export function followLinks(): void {
  // The browser would restore the position before the rows are loaded.
  history.scrollRestoration = 'manual';
  addEventListener('pagehide', leave);
  scrollBack(history.state);
  addEventListener('popstate', (event) => {
    const from = place.value;
    place.value = new URL(location.href);
    scrollBack(event.state);
    focusBack(from);
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (
      link === null ||
      link.target !== '' ||
      link.origin !== location.origin ||
      link.hasAttribute('download')
    )
      return;
    if (link.pathname === location.pathname && link.hash !== '') return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
