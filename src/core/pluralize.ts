// Imports nothing: the pages of the dashboard use it in a browser.

/** A count for people: `4,000`. */
export function number(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A count and its noun, also with its verb: `1 archive`, `4,000 archives`, `1 file was`, `3 files were`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
