/** Long enough for a slow response; after that the reader has moved on. */
const WAIT_MS = 3000;

/** Stores the scroll position before another page is shown. */
export function leave(): void {
  history.replaceState({ scrolled: window.scrollY }, '');
}

/** Restores the scroll position once the page is tall enough: its rows load after navigation. */
export function scrollBack(state: unknown): void {
  const top = scrolledOf(state);
  until(() => {
    const high = document.documentElement.scrollHeight - window.innerHeight >= top;
    if (high) window.scrollTo(0, top);
    return high;
  });
}

/** Focuses the link to the page that was just left, so that the keyboard continues from its row. */
export function focusBack(from: URL): void {
  const wanted = from.pathname + from.search;
  until(() => {
    const link = [...document.querySelectorAll<HTMLElement>('main td a')].find(
      (one) => one.getAttribute('href') === wanted,
    );
    if (link === undefined) return false;
    const focused = document.activeElement;
    if (focused === document.body || focused?.tagName === 'H1') link.focus({ preventScroll: true });
    return true;
  });
}

/** Tries on every animation frame until it succeeds or the time is up. */
function until(done: () => boolean): void {
  const end = Date.now() + WAIT_MS;
  const attempt = (): void => {
    if (!done() && Date.now() < end) requestAnimationFrame(attempt);
  };
  attempt();
}

function scrolledOf(state: unknown): number {
  if (typeof state !== 'object' || state === null || !('scrolled' in state)) return 0;
  return typeof state.scrolled === 'number' ? state.scrolled : 0;
}
