/** `1 archive`, `3 archives`: a count and its noun, for nouns that take an s. */
export function counted(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}
