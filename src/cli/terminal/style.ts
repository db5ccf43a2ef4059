import pc from 'picocolors';

/** What words in a report may stand out as. Plain where there is no terminal. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

export function styleFor(color: boolean): Style {
  const colors = pc.createColors(color);
  return { bold: colors.bold, dim: colors.dim, good: colors.green, bad: colors.red, warn: colors.yellow };
}
