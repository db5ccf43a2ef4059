/** Terminals narrower than this get it all the same, and break the lines themselves. */
export const MIN_TERMINAL = 80;
/** Where a cell may wrap: not between a number and its unit. */
const BREAK = / (?!(?:B|[kMGTP]B|bytes?)\b)/;
/** Blanks between two columns. */
export const GAP = 2;
/** A path is shortened to no less than this, so that its file name can still be recognized. */
const MIN_PATH = 20;
/** Text that takes one column a character: nearly all there is in a table. */
const PLAIN = /^[ -~]*$/;
/** Characters that take two columns: East Asian scripts and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/**
 * How wide each column may be so that a row fits the terminal. The widest column gives way first, and none becomes
 * narrower than its longest word: an id or a digest is never broken, because it could not be copied.
 */
export function columnWidths(rows: readonly (readonly string[])[], terminal: number): number[] {
  const widths = (rows[0] ?? []).map((_, i) => widestOf(rows, i, displayWidth));
  const least = widths.map((_, i) => widestOf(rows, i, narrowest));
  const limit = Math.max(terminal, MIN_TERMINAL);
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width + GAP, -GAP);
    if (total <= limit) return widths;
    let widest: number | undefined;
    for (const [i, width] of widths.entries()) {
      if (width > (least[i] ?? 0) && (widest === undefined || width > (widths[widest] ?? 0))) widest = i;
    }
    if (widest === undefined) return widths;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

/** How many of the first columns fit the terminal, each with its longest word: all of them, if the terminal is wide enough. */
export function fittingColumns(rows: readonly (readonly string[])[], terminal: number): number {
  const limit = Math.max(terminal, MIN_TERMINAL);
  let total = -GAP;
  for (const [i] of (rows[0] ?? []).entries()) {
    total += GAP + widestOf(rows, i, narrowest);
    if (total > limit) return Math.max(1, i);
  }
  return rows[0]?.length ?? 0;
}

/** Not by `Math.max(...)`, which fails for more values than fit on the stack. */
function widestOf(
  rows: readonly (readonly string[])[],
  column: number,
  measure: (cell: string) => number,
): number {
  return rows.reduce((width, row) => Math.max(width, measure(row[column] ?? '')), 0);
}

/** A cell in lines of at most this width: whole words wrap, and a path that is too long loses its middle. */
export function cellLines(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(BREAK)) {
    const short = isPath(word) ? shortenedPath(word, width) : word;
    if (line !== undefined && displayWidth(line) + 1 + displayWidth(short) > width) {
      lines.push(line);
      line = short;
    } else line = line === undefined ? short : `${line} ${short}`;
  }
  return [...lines, line ?? ''];
}

/** `s3://bucket/ba…2026-11-28.tar.gz`: more of the end than of the beginning, because the name is there. */
export function shortenedPath(path: string, width: number): string {
  if (displayWidth(path) <= width) return path;
  const characters = [...path];
  let head = Math.floor((width - 1) / 3);
  let tail = width - 1 - head;
  const joined = (): string =>
    `${characters.slice(0, head).join('')}…${characters.slice(characters.length - tail).join('')}`;
  while (displayWidth(joined()) > width && head + tail > 2) {
    if (head > tail) head -= 1;
    else tail -= 1;
  }
  return joined();
}

export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

function narrowest(text: string): number {
  return Math.max(
    ...text
      .split(BREAK)
      .map((word) => (isPath(word) ? Math.min(displayWidth(word), MIN_PATH) : displayWidth(word))),
  );
}

function isPath(word: string): boolean {
  return word.includes('/');
}
