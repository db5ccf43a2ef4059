import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { PLACES } from './places.js';
import { go } from './router.js';
import { Dialog } from './ui/dialog.js';

export const helping = signal(false);

/** How long after `g` the letter of a page is accepted. */
const CHORD_MS = 1500;

/** Shortcuts that work on every page, except in input fields and dialogs. */
export function useShortcuts(): void {
  useEffect(() => {
    let chordUntil = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
      if (Date.now() < chordUntil) {
        chordUntil = 0;
        const place = PLACES.find(({ key }) => key === event.key);
        if (place !== undefined) {
          event.preventDefault();
          go(place.href);
        }
        return;
      }
      if (event.key === 'g') chordUntil = Date.now() + CHORD_MS;
      else if (event.key === '?') helping.value = true;
      else if (event.key === 'j' || event.key === 'k') moveRow(event.key === 'j' ? 1 : -1);
      else if (event.key === 'n') click('.pager a[rel=next]');
      else press(event.key);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function isTaken(event: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  return event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
}

/** What `j` and `k` move between: table rows and candidates. */
const ROW = 'tr, .candidate';

/** Moves the focus to the link of the next or previous row. */
function moveRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('main tbody td.main a, main .candidate h3')];
  const row = document.activeElement?.closest(ROW);
  const at = links.findIndex((link) => link.closest(ROW) === row);
  const next = links[at === -1 ? (step === 1 ? 0 : links.length - 1) : at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** Clicks the button with this shortcut: in the focused row, otherwise outside any row. Never in another row. */
function press(key: string): void {
  if (!/^[a-z]$/.test(key)) return;
  const row = document.activeElement?.closest(ROW);
  const selector = `[aria-keyshortcuts="${key}"]`;
  const ofPage = [...document.querySelectorAll<HTMLElement>(`main ${selector}`)].find(
    (button) => button.closest(ROW) === null,
  );
  (row?.querySelector<HTMLElement>(selector) ?? ofPage)?.click();
}

function click(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.click();
}

export function Help() {
  const close = (): void => {
    helping.value = false;
  };
  return (
    <Dialog title="Keyboard shortcuts" onClose={close}>
      <dl class="keys">
        {PLACES.map(({ key, name }) => (
          <div key={key}>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{name}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>j</kbd> <kbd>k</kbd>
          </dt>
          <dd>Next or previous row or candidate; Enter opens a row</dd>
        </div>
        <div>
          <dt>
            <kbd>x</kbd>
          </dt>
          <dd>Select the row (drift queue)</dd>
        </div>
        <div>
          <dt>
            <kbd>a</kbd> <kbd>r</kbd>
          </dt>
          <dd>Accept or reject what is shown, selected or focused; asks for confirmation</dd>
        </div>
        <div>
          <dt>
            <kbd>n</kbd>
          </dt>
          <dd>Next page</dd>
        </div>
      </dl>
      <div class="buttons">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
