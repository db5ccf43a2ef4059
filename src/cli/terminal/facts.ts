import { printable } from '../../core/printable.js';

/** A name and what is to be said of it; undefined: nothing is. */
export type Fact = readonly [name: string, value: string | undefined];

/** Facts as lines, the values aligned, control characters made harmless. */
export function factLines(facts: readonly Fact[]): string[] {
  const said = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [[printable(name), printable(value)] as const],
  );
  const width = Math.max(0, ...said.map(([name]) => name.length));
  return said.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
