import { signal } from '@preact/signals';
import { ago, count, exactSize, exactTime, localTime, size, visible } from '../format.js';
import { say } from './announce.js';
import { Icon } from './icon.js';

/** Turns over, so that ages stay true on a page that is left open. */
export const now = signal(Date.now());
setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now();
}, 10_000);

/** Fits into a column and on a telephone. */
const UNBROKEN_CHARS = 22;
/** Shorter ones, such as a UUID, are shown whole where others are cut. */
const CUT_CHARS = 72;
/** Would push the other rows of a table out of sight. */
const LONG_CHARS = 160;

/** A name from outside: text, whatever it holds, and it can't turn the direction of what follows. */
export function Name({
  text,
  mono = false,
  clamp = false,
}: {
  text: string;
  mono?: boolean;
  clamp?: boolean;
}) {
  const shown = visible(text);
  const length = shown.length <= UNBROKEN_CHARS ? 'short' : shown.length > LONG_CHARS && 'long';
  const cut = clamp && shown.length > CUT_CHARS;
  const classes = ['name', mono && 'mono', cut && 'clamp', length];
  return (
    <bdi class={classes.filter(Boolean).join(' ')} title={cut || length === 'long' ? shown : undefined}>
      {shown === '' ? <em class="muted">empty</em> : shown}
    </bdi>
  );
}

/** How long ago, and exactly when on demand, in UTC and in the zone of the browser. */
export function Time({ at, exact = false }: { at: string | null; exact?: boolean }) {
  if (at === null) return <span class="muted">never</span>;
  return (
    <time dateTime={at} title={both(at)}>
      {exact ? both(at) : ago(at, now.value)}
    </time>
  );
}

function both(at: string): string {
  const local = localTime(at);
  return local === undefined ? exactTime(at) : `${exactTime(at)} (${local})`;
}

/** A number of a table. Nothing steps back, so that something is seen. */
export function Count({ of }: { of: number }) {
  return <span class={of === 0 ? 'muted' : undefined}>{count(of)}</span>;
}

/** A size for reading, and exactly on demand. */
export function Size({ bytes }: { bytes: number }) {
  return <span title={exactSize(bytes)}>{size(bytes)}</span>;
}

/** A time that something else wrote down: like ours when it can be read as one, else the text. */
export function ForeignTime({ text }: { text: string }) {
  const at = Date.parse(text);
  return Number.isNaN(at) ? <Name text={text} /> : <Time at={new Date(at).toISOString()} exact />;
}

/** The start of a digest, the whole of it in a title and by a button into the clipboard. */
export function Digest({ sha256, whole = false }: { sha256: string; whole?: boolean }) {
  const shown = visible(sha256);
  return (
    <span class={whole ? 'digest whole' : 'digest'}>
      <code title={shown}>{whole ? shown : shown.slice(0, 12)}</code>
      <Copy text={sha256} what="digest" />
    </span>
  );
}

export function Copy({ text, what }: { text: string; what: string }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      say(`The ${what} is in the clipboard.`);
    } catch {
      say(`The browser does not let the ${what} into the clipboard.`, 'error');
    }
  };
  return (
    <button type="button" class="ghost icon-only" onClick={() => void copy()} aria-label={`Copy the ${what}`}>
      <Icon name="copy" />
    </button>
  );
}

/** What to type for the same on the command line. */
export function CommandLine({ text }: { text: string }) {
  return (
    <div class="command">
      <code>{visible(text)}</code>
      <Copy text={text} what="command" />
    </div>
  );
}
