import type { MissingRow, TypeRule, UnrecoverableRule } from '../plan/row.js';
import type { Expected } from './expected.js';

/** Whether the row refers to something elsewhere: by a path outside every root, or by its metadata. */
export function isExternalReference(row: MissingRow, expected: Expected): boolean {
  if (row.elsewhere !== undefined) return true;
  const { url, external_id: externalId } = row.metadata;
  return row.filePath === null && expected.basenames.length === 0 && (isStated(url) || isStated(externalId));
}

function isStated(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
}

const NO_RULE: TypeRule = { directories: [], extensions: [], nameKeys: [], unrecoverable: [] };

/** The configuration of the row's type; empty if there is none. */
export function ruleOf(
  { artifactType }: Pick<MissingRow, 'artifactType'>,
  types: Readonly<Record<string, TypeRule>>,
): TypeRule {
  return types[artifactType] ?? NO_RULE;
}

/** The first rule of the type whose keys all have the given values in the metadata. */
export function unrecoverableRule(row: MissingRow, type: TypeRule): UnrecoverableRule | undefined {
  return type.unrecoverable.find(({ when }) => {
    const conditions = Object.entries(when);
    return (
      conditions.length > 0 &&
      conditions.every(([key, value]) => Object.hasOwn(row.metadata, key) && equal(row.metadata[key], value))
    );
  });
}

function equal(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
