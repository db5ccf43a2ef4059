import { printable } from '../../core/printable.js';

/** A name and its value; facts with an undefined value are not shown. */
export type Fact = readonly [name: string, value: string | undefined];

/** Formats facts as lines with aligned values; control characters are escaped. */
export function factLines(facts: readonly Fact[]): string[] {
  const said = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [[printable(name), printable(value)] as const],
  );
  const width = Math.max(0, ...said.map(([name]) => name.length));
  return said.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
