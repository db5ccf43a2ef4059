/** How text is emphasized; the caller knows whether there is a terminal. */
export interface ReportStyle {
  /** Columns of the terminal; undefined where the output is a file or a pipe, and lines may have any length. */
  columns: number | undefined;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

/** A time to the minute: `2026-05-18 03:12Z`. */
export function minuteOf(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;
}

/** Terminals narrower than this get it all the same, and break the lines themselves. */
const MIN_WIDTH = 80;

/** How long a line may be. */
export function widthOf({ columns }: Pick<ReportStyle, 'columns'>): number {
  return columns === undefined ? Number.POSITIVE_INFINITY : Math.max(columns, MIN_WIDTH);
}

/** What is before the text of the first line, and of each further one. */
interface Indents {
  first: string;
  further: string;
}

/** A sentence in lines no wider than the terminal; a word that is wider by itself (a key, a url) is never cut. */
export function wrap(
  text: string,
  { first, further }: Indents,
  style: Pick<ReportStyle, 'columns'>,
): string[] {
  const width = widthOf(style);
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = further;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
