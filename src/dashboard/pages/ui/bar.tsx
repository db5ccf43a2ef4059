import { count, percent } from '../format.js';

export interface Part {
  name: string;
  value: number;
  tone: 'verified' | 'proven' | 'neither';
}

/** Parts of a whole, as a bar and as a legend. */
export function PartsBar({ parts, whole, label }: { parts: readonly Part[]; whole: number; label: string }) {
  return (
    <figure class="parts">
      <svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label={label}>
        {segments(parts, whole).map(({ part, from, width }) => (
          <rect key={part.name} class={part.tone} x={from} y="0" width={width} height="12" />
        ))}
      </svg>
      <figcaption>
        <ul class="legend">
          {parts.map((part) => (
            <li key={part.name}>
              <span class={`swatch ${part.tone}`} aria-hidden="true" />
              {part.name} <strong>{count(part.value)}</strong>{' '}
              <span class="muted">{percent(part.value, whole, part.tone === 'neither' ? 'up' : 'down')}</span>
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

/** A small bar for table cells. */
export function MiniBar({ part, whole, label }: { part: number; whole: number; label: string }) {
  return (
    <span class="mini">
      <svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label={label}>
        <rect class="neither" x="0" y="0" width="1000" height="12" />
        <rect class="verified" x="0" y="0" width={whole === 0 ? 0 : widthOf(part, whole)} height="12" />
      </svg>
      <span>{percent(part, whole)}</span>
    </span>
  );
}

/** Even one in a million gets a visible width. */
function widthOf(part: number, whole: number): number {
  return part === 0 ? 0 : Math.min(1000, Math.max(4, (part / whole) * 1000));
}

function segments(parts: readonly Part[], whole: number) {
  let from = 0;
  return parts
    .filter((part) => part.value > 0 && whole > 0)
    .map((part) => {
      const width = Math.min(widthOf(part.value, whole), 1000 - from);
      const segment = { part, from, width };
      from += width;
      return segment;
    });
}
