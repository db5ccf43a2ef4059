/** An answer that takes longer comes to a person who has gone on. */
const WATCH_MS = 5000;

/**
 * Gives the focus to what had it. Where that is taken away by what was decided, its row gets the focus, else the heading
 * of the page, and not nothing, from where the keyboard would have to begin again.
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
