import pc from 'picocolors';

/** Colors and width of a report for people. Plain if the output is not a terminal. */
export interface Style {
  /** Columns of the terminal; undefined where the output is a file or a pipe, and lines may have any length. */
  columns: number | undefined;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

/** The style of texts on stdout: colors where it is a terminal and nobody asked for none. */
export function stdoutStyle({ color }: { color: boolean }): Style {
  const { isTTY, columns } = process.stdout;
  return styleFor(color && isTTY === true && !process.env.NO_COLOR, columns);
}

export function styleFor(color: boolean, columns?: number): Style {
  const colors = pc.createColors(color);
  return {
    columns,
    bold: colors.bold,
    dim: colors.dim,
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
  };
}
