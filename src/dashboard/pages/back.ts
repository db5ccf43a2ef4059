/** Long enough for a slow answer; then whoever waits has gone on. */
const WAIT_MS = 3000;

/** Remembers how far this page is scrolled, before another takes its place. */
export function leave(): void {
  history.replaceState({ scrolled: window.scrollY }, '');
}

/** Scrolls to where the page was left, once its rows are there: they come with an answer. */
export function scrollBack(state: unknown): void {
  const top = scrolledOf(state);
  until(() => {
    const high = document.documentElement.scrollHeight - window.innerHeight >= top;
    if (high) window.scrollTo(0, top);
    return high;
  });
}

/** Puts the focus on the link to where one has been, so that the keyboard goes on from its row. */
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

/** Tries with every frame, until it succeeds or nobody waits any more. */
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
