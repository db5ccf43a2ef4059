import { Failure } from '../../../core/failure.js';
import { counted, number } from '../../../core/pluralize.js';
import { recordedDigests } from '../../../jobs/checksums/pipeline/recorded.js';
import type { ArtifactReader } from '../../../registry/artifacts/artifacts-port.js';
import { type DigestLookalike, digestLookalikes } from '../../../registry/artifacts/digest-lookalikes.js';
import { findTable } from '../../../registry/artifacts/table-schema.js';
import type { Queries } from '../../../registry/queries.js';
import type { Config } from '../../config/schema.js';
import { type Check, ok, warning } from './check.js';

const NAME = 'recorded digests';
/** Number of rows whose configured digests are read. */
const SAMPLE_ROWS = 1000;

/** Reads the digests that `registry.digests` names in some rows, and finds those that it does not name. */
export async function digestChecks(
  { database, reader }: { database: Queries; reader: Pick<ArtifactReader, 'paths' | 'read'> },
  config: Pick<Config, 'registry'>,
): Promise<Check[]> {
  return [...(await configuredDigests(reader, config)), ...(await unknownDigests(database, config))];
}

/** What a configured place says in a sample of the rows. */
interface Sampled {
  values: number;
  malformed: number;
  /** The first value that is not a digest, and why. */
  example: string | undefined;
}

async function configuredDigests(
  reader: Pick<ArtifactReader, 'paths' | 'read'>,
  { registry = {} }: Pick<Config, 'registry'>,
): Promise<Check[]> {
  const places = (registry.digests ?? []).flatMap(({ key, column }) => key ?? column ?? []);
  if (places.length === 0) return [];
  const sampled = new Map<string, Sampled>(
    places.map((place) => [place, { values: 0, malformed: 0, example: undefined }]),
  );
  let rows = 0;
  for await (const page of reader.paths()) {
    const ids = page.slice(0, SAMPLE_ROWS - rows).map(({ id }) => id);
    rows += ids.length;
    for (const row of await reader.read(ids, {})) countDigests(row, sampled);
    if (rows >= SAMPLE_ROWS) break;
  }
  if (rows === 0)
    return [ok(NAME, `${places.join(', ')} configured (the table has no row to test this with)`)];
  return [...sampled].map(([place, sample]) => checkOf(place, sample, rows));
}

function countDigests(row: Parameters<typeof recordedDigests>[0], sampled: Map<string, Sampled>): void {
  for (const { source, text } of row.recorded ?? []) {
    const sample = sampled.get(source);
    if (sample !== undefined && text !== null) sample.values += 1;
  }
  for (const { source, text, reason } of recordedDigests(row).malformed) {
    const sample = sampled.get(source);
    if (sample === undefined) continue;
    sample.malformed += 1;
    sample.example ??= `${JSON.stringify(text.slice(0, 100))}: ${reason}`;
  }
}

function checkOf(place: string, { values, malformed, example }: Sampled, rows: number): Check {
  const where = `in the first ${counted(rows, 'row')}`;
  if (values === 0)
    return warning(
      NAME,
      `${place} is configured, but has no value ${where}`,
      'check the name and the types of this entry of registry.digests in salvor.yaml',
    );
  if (malformed === 0)
    return ok(NAME, `${place} is configured; all of its ${counted(values, 'value')} ${where} can be read`);
  return warning(
    NAME,
    `${number(malformed)} of ${counted(values, 'value')} of ${place} ${where} cannot be read, for example ${example}`,
    'correct the algorithm of this entry of registry.digests in salvor.yaml, or the values: files are not compared with them',
  );
}

async function unknownDigests(
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
  if (found.length === 0) return [];
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
