import { signal } from '@preact/signals';
import { ago, count, exactSize, exactTime, localTime, size, visible } from '../format.js';
import { say } from './announce.js';
import { Icon } from './icon.js';

/** The current time, updated so that ages stay correct on an open page. */
export const now = signal(Date.now());
setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now();
}, 10_000);

/** Names up to this length fit on one line, even on a phone. */
const UNBROKEN_CHARS = 22;
/** Names up to this length, such as a UUID, are never truncated. */
const CUT_CHARS = 72;
/** Longer names would push other table rows out of sight. */
const LONG_CHARS = 160;

/** An untrusted name, always shown as text. It cannot change the direction of the text after it. */
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

/** An age, with the exact time in UTC and in the browser's time zone as a tooltip. */
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

/** A number in a table. Zero is muted, so that other numbers stand out. */
export function Count({ of }: { of: number }) {
  return <span class={of === 0 ? 'muted' : undefined}>{count(of)}</span>;
}

/** A rounded size, with the exact bytes as a tooltip. */
export function Size({ bytes }: { bytes: number }) {
  return <span title={exactSize(bytes)}>{size(bytes)}</span>;
}

/** A time recorded by another program: formatted if it can be parsed, otherwise shown as text. */
export function ForeignTime({ text }: { text: string }) {
  const at = Date.parse(text);
  return Number.isNaN(at) ? <Name text={text} /> : <Time at={new Date(at).toISOString()} exact />;
}

/** The start of a digest, with the full digest as a tooltip and a copy button. */
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
      say(`Copied the ${what} to the clipboard.`);
    } catch {
      say(`The browser blocked copying the ${what} to the clipboard.`, 'error');
    }
  };
  return (
    <button type="button" class="ghost icon-only" onClick={() => void copy()} aria-label={`Copy the ${what}`}>
      <Icon name="copy" />
    </button>
  );
}

/** A command to run, with a copy button. */
export function CommandLine({ text }: { text: string }) {
  return (
    <div class="command">
      <code>
        {text.split(' ').map((word, i) => (
          <>
            {i > 0 && ' '}
            <span>{visible(word)}</span>
          </>
        ))}
      </code>
      <Copy text={text} what="command" />
    </div>
  );
}
