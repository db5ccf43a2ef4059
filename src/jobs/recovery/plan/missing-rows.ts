import { basename, resolve } from 'node:path';
import { isSha256 } from '../../../core/digest.js';
import { elsewhereOf } from '../../../core/elsewhere.js';
import type { Finding } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import type { Files, LocateRequest, Location, Root } from '../../../files/port.js';
import {
  SIDECAR_SUFFIX,
  STAND_IN_LIMIT_BYTES,
  type StandIn,
  sha256Of,
  statedBySidecar,
} from '../../../files/stand-in.js';
import type { ArtifactReader } from '../../../registry/artifacts/artifacts-port.js';
import type { ArtifactSnapshot, RecoveryReader } from '../../../registry/recovery/recovery-port.js';
import { RECOVERED_FROM } from './basis.js';
import { type OnRecord, onRecordOf, recordedSha256s } from './on-record.js';
import type { EarlierRow } from './plan-document.js';
import type { MissingRow, TrustedDigest } from './row.js';

/** The rows of the requested types, and which of them have no file. */
export interface Inventory {
  rows: MissingRow[];
  createdAtMs: Map<string, number>;
  /** By type: the number of rows, and of rows whose file exists. */
  totals: Record<string, { rows: number; on_disk_before: number }>;
  findings: Finding[];
  /** Rows that an earlier run bound, or that are marked as unrecoverable. */
  earlier: EarlierRow[];
}

/**
 * Reads the rows of these types and checks whether their files exist. A row is missing if it has no file, if its path
 * leads nowhere or is outside every root, or if a stand-in replaces the file.
 */
export async function missingRows(
  reader: RecoveryReader,
  files: Files,
  types: readonly string[],
  options: {
    retryUnrecoverable: boolean;
    destination: string;
    /** Set if the configuration says where other programs record digests. */
    artifacts?: ArtifactReader | undefined;
    signal?: AbortSignal;
  },
): Promise<Inventory> {
  const inventory: Inventory = { rows: [], createdAtMs: new Map(), totals: {}, findings: [], earlier: [] };
  for (const type of types) inventory.totals[type] = { rows: 0, on_disk_before: 0 };
  const ambiguous = await reader.ambiguousIds();
  if (ambiguous.rows > 0) inventory.findings.push(notUnique(reader.identity, ambiguous));
  for await (const page of reader.rows(types, options.signal)) {
    const drifted = await reader.driftedFrom(page.map((row) => row.id));
    const locations = await locateAll(files, page);
    const recorded = await onRecordOf(
      page.map((row) => row.id),
      options.artifacts,
    );
    const missing: string[] = [];
    const states = new Map<string, FileState>();
    for (const row of page) {
      const state = await fileState(files, locations.get(row.id));
      states.set(row.id, state);
      if (state.kind === 'missing') missing.push(row.id);
    }
    const sidecars = await sidecarsOf(files, page, new Set(missing));
    for (const row of page) {
      const totals = inventory.totals[row.type] ?? { rows: 0, on_disk_before: 0 };
      totals.rows += 1;
      const state = states.get(row.id) ?? { kind: 'missing' };
      if (state.kind === 'there') totals.on_disk_before += 1;
      if (state.kind === 'unreadable') inventory.findings.push(unreadable(row, state.reason));
      if (state.kind === 'there') inventory.earlier.push(...boundEarlier(row));
      if (state.kind !== 'missing' && state.kind !== 'pointer') continue;
      const one = toRow(row, files, options.destination, {
        drifted: drifted.get(row.id) ?? [],
        recorded: recorded.get(row.id),
        standIn: state.kind === 'pointer' ? state.standIn : sidecars.get(row.id),
      });
      if (one.metadata.file_unrecoverable === true && !options.retryUnrecoverable) {
        inventory.earlier.push(earlierRow(row, 'unrecoverable', unrecoverableWords(one.metadata)));
        continue;
      }
      inventory.rows.push(one);
      if (row.createdAt !== null) inventory.createdAtMs.set(row.id, row.createdAt.getTime());
    }
  }
  return inventory;
}

function boundEarlier(row: ArtifactSnapshot): EarlierRow[] {
  // Most rows were never recovered, so do not parse their metadata.
  if (row.metadata?.includes(`"${RECOVERED_FROM}"`) !== true) return [];
  const from = parseObject(row.metadata)?.[RECOVERED_FROM];
  if (typeof from !== 'object' || from === null) return [];
  const { object, member, verified_by: by } = from as Record<string, unknown>;
  return [
    earlierRow(row, 'bound', `Recovered by an earlier run from ${object} : ${member}, proven by ${by}.`),
  ];
}

function unrecoverableWords(metadata: Readonly<Record<string, unknown>>): string {
  const { file_unrecoverable_reason: reason, file_unrecoverable_at: at } = metadata;
  const since = typeof at === 'string' ? ` since ${at.slice(0, 10)}` : '';
  return `Marked as unrecoverable${since}: ${typeof reason === 'string' ? reason : 'no reason is recorded'}.`;
}

function earlierRow(row: ArtifactSnapshot, status: EarlierRow['status'], explanation: string): EarlierRow {
  const { id, type, path, title } = row;
  return { id, artifact_type: type, file_path: path, title, status, explanation };
}

async function locateAll(files: Files, page: readonly ArtifactSnapshot[]): Promise<Map<string, Location>> {
  const withPath = page.filter((row) => row.path !== null && row.path !== '');
  const requests: LocateRequest[] = withPath.map((row) => ({ type: row.type, path: row.path ?? '' }));
  const locations = await files.locate(requests);
  return new Map(
    withPath.flatMap((row, i) => (locations[i] === undefined ? [] : [[row.id, locations[i]] as const])),
  );
}

/** What `NAME.dvc` in the root states about a missing file NAME next to it. */
async function sidecarsOf(
  files: Files,
  page: readonly ArtifactSnapshot[],
  missing: ReadonlySet<string>,
): Promise<Map<string, StandIn>> {
  const rows = page.filter(({ id, path }) => missing.has(id) && path !== null && /[^/]$/.test(path));
  const candidates = rows.map((row) => ({ ...row, path: `${row.path}${SIDECAR_SUFFIX}` }));
  const locations = await locateAll(files, candidates);
  const found = new Map<string, StandIn>();
  for (const { id, path } of candidates) {
    const state = await fileState(files, locations.get(id));
    const stated = statedBySidecar(state.kind === 'pointer' ? state.standIn : undefined, basename(path));
    if (stated !== undefined) found.set(id, stated);
  }
  return found;
}

type FileState =
  | { kind: 'there' | 'missing' }
  | { kind: 'pointer'; standIn: StandIn }
  | { kind: 'unreadable'; reason: string };

async function fileState(files: Files, location: Location | undefined): Promise<FileState> {
  if (location === undefined) return { kind: 'missing' };
  if (location.kind === 'several') return { kind: 'there' };
  if (location.kind === 'unreadable') return { kind: 'unreadable', reason: location.reason };
  if (location.kind === 'pointer') return { kind: 'pointer', standIn: location.standIn };
  if (location.kind !== 'file') return { kind: 'missing' };
  if (location.file.identity.sizeBytes > STAND_IN_LIMIT_BYTES) return { kind: 'there' };
  const read = await files.hash(location.file);
  if (read.kind === 'pointer') return { kind: 'pointer', standIn: read.standIn };
  return read.kind === 'no_file' ? { kind: 'missing' } : { kind: 'there' };
}

function notUnique(table: string, { rows, example }: { rows: number; example: string | undefined }): Finding {
  const named =
    example === undefined
      ? 'they have no id'
      : `for example, several rows have the id ${JSON.stringify(example)}`;
  return {
    code: 'registry.id_not_unique',
    severity: 'error',
    subject: table,
    message: `${counted(rows, 'row was', 'rows were')} skipped because the id does not identify exactly one row: ${named}`,
    detail: { rows, example: example ?? null },
  };
}

function unreadable(row: ArtifactSnapshot, reason: string): Finding {
  return {
    code: 'row.unreadable',
    severity: 'warning',
    subject: row.id,
    message: `cannot determine whether the file exists: ${reason}`,
  };
}

function toRow(
  row: ArtifactSnapshot,
  files: Files,
  destination: string,
  {
    drifted,
    recorded,
    standIn,
  }: { drifted: readonly string[]; recorded: OnRecord | undefined; standIn: StandIn | undefined },
): MissingRow {
  const parsed = parseObject(row.metadata);
  const metadata = parsed ?? {};
  const elsewhere = row.path === null ? undefined : elsewhereOf(row.path);
  return {
    id: row.id,
    artifactType: row.type,
    filePath: row.path === '' ? null : row.path,
    relativePath:
      elsewhere === undefined
        ? relativePath(
            row.path,
            files.roots.map((root) => root.path),
          )
        : null,
    ...strippedOf(elsewhere === undefined ? row.path : null, files),
    placePath: elsewhere === undefined ? placePath(row.path, files.roots, destination) : null,
    title: row.title,
    metadata,
    // A row whose file is elsewhere is never searched for, bound, or placed.
    trustedDigests:
      elsewhere === undefined ? trusted(ownDigests(metadata.file_sha256, recorded), drifted, standIn) : [],
    ...(recorded === undefined ? {} : { onRecord: recorded }),
    sizeBytes: elsewhere === undefined ? sizeOf(metadata.file_size_bytes, standIn) : null,
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(standIn === undefined ? {} : { standIn }),
    ...(parsed === undefined ? { blocked: 'its metadata is not a JSON object' } : {}),
  };
}

/** If a stand-in replaces the file, the recorded size may be that of the stand-in. */
function sizeOf(recorded: unknown, standIn: StandIn | undefined): number | null {
  if (standIn !== undefined) return standIn.sizeBytes;
  return typeof recorded === 'number' && Number.isSafeInteger(recorded) && recorded >= 0 ? recorded : null;
}

/** Salvor's own digest, otherwise those recorded by other programs. Accepted drift is already in Salvor's own. */
function ownDigests(recorded: unknown, others: OnRecord | undefined): string[] {
  const own = typeof recorded === 'string' ? recorded.toLowerCase() : '';
  return isSha256(own) ? [own] : recordedSha256s(others);
}

function trusted(
  own: readonly string[],
  drifted: readonly string[],
  standIn: StandIn | undefined,
): TrustedDigest[] {
  const stated = standIn === undefined ? null : sha256Of(standIn);
  const all: TrustedDigest[] = [
    ...own.map((sha256) => ({ sha256, from: 'recorded' as const })),
    ...drifted.map((sha256) => ({ sha256, from: 'drift' as const })),
    ...(stated === null ? [] : [{ sha256: stated, from: 'stand-in' as const }]),
  ];
  return all.filter((one, i) => all.findIndex((other) => other.sha256 === one.sha256) === i);
}

function parseObject(text: string | null): Record<string, unknown> | undefined {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The path below a root that strips a prefix. */
function strippedOf(path: string | null, files: Files): { strippedPath?: string } {
  if (path === null || path.startsWith('/') || path.split('/').includes('..')) return {};
  const strip = files.roots.flatMap((root) => root.strip ?? []).find((prefix) => path.startsWith(prefix));
  return strip === undefined ? {} : { strippedPath: path.slice(strip.length) };
}

/**
 * The row's path below the directory for recovered files, without the prefix that this root strips. Null if it has
 * none.
 */
export function placePath(path: string | null, roots: readonly Root[], destination: string): string | null {
  const strip = roots.find((root) => resolve(root.path) === resolve(destination))?.strip;
  if (strip !== undefined && path?.startsWith(strip) === true) {
    const below = path.slice(strip.length);
    return below.startsWith('/') ? null : relativePath(below, []);
  }
  return relativePath(
    path,
    roots.map((root) => root.path),
  );
}

/** The path below its root; null when it is outside every root. */
function relativePath(path: string | null, roots: readonly string[]): string | null {
  if (path === null || path === '') return null;
  const root = roots.find((one) => path.startsWith(one.endsWith('/') ? one : `${one}/`));
  const below = root === undefined ? path : path.slice(root.length).replace(/^\/+/, '');
  if (below.startsWith('/')) return null;
  const segments = below.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 || segments.includes('..') ? null : segments.join('/');
}
