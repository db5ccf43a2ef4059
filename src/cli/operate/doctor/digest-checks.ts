import { Failure } from '../../../core/failure.js';
import { type DigestLookalike, digestLookalikes } from '../../../registry/artifacts/digest-lookalikes.js';
import { findTable } from '../../../registry/artifacts/table-schema.js';
import type { Queries } from '../../../registry/queries.js';
import type { Config } from '../../config/schema.js';
import { type Check, ok, warning } from './check.js';

const NAME = 'recorded digests';

/** Finds recorded digests that are not configured in `registry.digests`. */
export async function digestChecks(
  database: Queries,
  { registry = {} }: Pick<Config, 'registry'>,
): Promise<Check[]> {
  const table = await tableIn(database, registry.table ?? 'artifacts');
  if (table === undefined) return [];
  const metadata = registry.columns?.metadata ?? 'metadata';
  const guarded = new Set(registry.guard ?? []);
  const known = new Set(
    (registry.digests ?? []).flatMap(({ key, column, sidecar }) =>
      sidecar === undefined ? nameOf(key, column) : [],
    ),
  );
  // Guarded columns are already known to the operator.
  const found = (await digestLookalikes(database, { table, metadata })).filter(({ place }) =>
    'key' in place ? !known.has(nameOf(place.key)) : !known.has(place.column) && !guarded.has(place.column),
  );
  if (found.length === 0) return known.size === 0 ? [] : [ok(NAME, `${[...known].join(', ')} configured`)];
  return [
    warning(
      NAME,
      `${found.map(placeText).join(', ')} look like digests of the files, but are not compared with them`,
      `if they are digests, add to salvor.yaml: registry: { digests: [${found.map(line).join(', ')}] }`,
    ),
  ];
}

/** Undefined if it is missing, which the check of the artifacts reports. */
async function tableIn(database: Queries, name: string): Promise<string | undefined> {
  try {
    return await findTable(database, name);
  } catch (error) {
    if (error instanceof Failure && /^registry\.(missing_table|not_updatable)$/.test(error.code))
      return undefined;
    throw error;
  }
}

/** `md5` and `metadata.md5` name the same key. */
function nameOf(key: string | undefined, column?: string): string {
  return key === undefined ? (column ?? '') : `metadata.${key.replace(/^metadata\./, '')}`;
}

function placeText({ place }: DigestLookalike): string {
  return 'key' in place ? place.key : `column ${place.column}`;
}

function line({ place, algorithm }: DigestLookalike): string {
  const where =
    'key' in place ? `key: ${JSON.stringify(place.key)}` : `column: ${JSON.stringify(place.column)}`;
  return `{ ${where}, algorithm: ${algorithm} }`;
}
