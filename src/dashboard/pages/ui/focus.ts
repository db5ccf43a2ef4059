/** After this time the reader has moved on. */
const WATCH_MS = 5000;

/**
 * Returns the focus to the element that had it. If the decision removes that element, its row gets the focus, or else
 * the page heading, so that keyboard users do not have to start over from the top.
 */
export function giveFocusBack(opener: Element | null): void {
  const main = document.querySelector('main');
  if (!(opener instanceof HTMLElement) || main === null || opener === document.body) return;
  opener.focus({ preventScroll: true });
  const row = opener.closest('tr, .candidate');
  const observer = new MutationObserver(() => {
    if (opener.isConnected) return;
    observer.disconnect();
    if (document.activeElement !== document.body) return;
    const near = row?.isConnected ? row.querySelector<HTMLElement>('td.main a, h3, a') : null;
    (near ?? main.querySelector<HTMLElement>('h1'))?.focus({ preventScroll: true });
  });
  observer.observe(main, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), WATCH_MS);
}
