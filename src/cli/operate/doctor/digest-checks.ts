import { counted, number } from '../../../core/pluralize.js';
import { recordedDigests } from '../../../jobs/checksums/pipeline/recorded.js';
import { type DigestLookalike, digestLookalikes } from '../../../registry/artifacts/digest-lookalikes.js';
import { parseTableName } from '../../../registry/artifacts/table-name.js';
import type { OpenedArtifacts } from '../../wiring/artifacts.js';
import { type Check, ok, warning } from './check.js';

const NAME = 'recorded digests';
/** Number of rows whose configured digests are read. */
const SAMPLE_ROWS = 1000;

/** Reads the digests that `registry.digests` names in some rows, and finds those that it does not name. */
export async function digestChecks(
  opened: Pick<OpenedArtifacts, 'database' | 'reader' | 'shape'>,
): Promise<Check[]> {
  return [...(await configuredDigests(opened)), ...(await unknownDigests(opened))];
}

/** What a configured place says in a sample of the rows. */
interface Sampled {
  values: number;
  malformed: number;
  /** The first value that is not a digest, and why. */
  example: string | undefined;
}

async function configuredDigests({
  reader,
  shape,
}: Pick<OpenedArtifacts, 'reader' | 'shape'>): Promise<Check[]> {
  const places = shape.digests.map(({ source }) => source);
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

async function unknownDigests({
  database,
  shape,
}: Pick<OpenedArtifacts, 'database' | 'shape'>): Promise<Check[]> {
  const { table, metadata, digests, guard } = shape;
  const keys = new Set(digests.flatMap(({ source, path }) => (path.length > 0 ? keyName(source) : [])));
  const columns = new Set([
    ...digests.flatMap(({ source, path }) => (path.length > 0 ? [] : source)),
    // Guarded columns are already known to the operator.
    ...guard.map(columnName),
  ]);
  const found = (await digestLookalikes(database, { table, metadata: columnName(metadata.name) })).filter(
    ({ place }) => ('key' in place ? !keys.has(keyName(place.key)) : !columns.has(place.column)),
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

/** The name of a column as the catalog has it, from its quoted form. */
function columnName(quoted: string): string {
  return parseTableName(quoted)[0]?.name ?? quoted;
}

/** `md5` and `metadata.md5` name the same key. */
function keyName(key: string): string {
  return `metadata.${key.replace(/^metadata\./, '')}`;
}

function placeText({ place }: DigestLookalike): string {
  return 'key' in place ? place.key : `column ${place.column}`;
}

function line({ place, algorithm }: DigestLookalike): string {
  const where =
    'key' in place ? `key: ${JSON.stringify(place.key)}` : `column: ${JSON.stringify(place.column)}`;
  return `{ ${where}, algorithm: ${algorithm} }`;
}
