import { CHECKSUM_KEYS, rawMarker, recordedDigest, SHA256_KEY } from '../../core/checksum-marker.js';
import { Failure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import type {
  ArtifactChange,
  ArtifactReader,
  ArtifactRow,
  ArtifactWriter,
  DriftDecision,
  JournalNote,
} from '../artifacts/artifacts-port.js';
import type { Journal } from '../journal/journal-port.js';
import { readJournalValues } from '../journal/journal-values.js';
import type { DriftEntry, DriftLedger } from './drift-port.js';

export interface DriftDecisionPorts {
  drift: DriftLedger;
  journal: Journal;
  artifacts: ArtifactReader;
  writer: ArtifactWriter;
}

export interface DriftDecisionOptions {
  id: string;
  by: string;
  note: string | null;
  runId: string | null;
}

/** What a decision did to the artifact. */
export interface DriftDecided {
  entry: DriftEntry;
  /** The digest that is on record now; null when the row is gone or has none. */
  recorded: string | null;
  changed: boolean;
}

/**
 * The new content is right. Where drift was held its digest is recorded now; else it is already.
 * @throws Failure `drift.unknown`, `drift.not_open`, `row.changed`
 */
export async function acceptDrift(
  options: DriftDecisionOptions,
  ports: DriftDecisionPorts,
): Promise<DriftDecided> {
  const entry = await openEntry(options.id, ports.drift);
  const row = await rowOf(entry, ports.artifacts);
  const held = row !== undefined && row.path === entry.path && digestOf(row) === entry.oldSha256;
  const note = noteOf('drift.accept', options);
  const change = held ? acceptedChange(entry, row, note) : undefined;
  return decide(entry, row, change, { to: 'accepted', note }, ports);
}

/**
 * The new content is wrong. The keys are again what they were before it was recorded, and the content is flagged: it is
 * not recorded again, and the file counts as wrong until the right one is back.
 * @throws Failure `drift.unknown`, `drift.not_open`, `row.changed`
 */
export async function rejectDrift(
  options: DriftDecisionOptions,
  ports: DriftDecisionPorts,
): Promise<DriftDecided> {
  const entry = await openEntry(options.id, ports.drift);
  const row = await rowOf(entry, ports.artifacts);
  const written = row !== undefined && digestOf(row) === entry.newSha256;
  const note = noteOf('drift.reject', options);
  const change = written ? await restoringChange(entry, row, note, ports) : undefined;
  return decide(entry, row, change, { to: 'rejected', note }, ports);
}

async function openEntry(id: string, drift: DriftLedger): Promise<DriftEntry> {
  const entry = /^\d{1,18}$/.test(id) ? await drift.get(id) : undefined;
  if (entry === undefined) {
    throw new Failure('drift.unknown', `there is no drift entry ${JSON.stringify(id)}`, {
      hint: '`salvor drift list --state all` shows what there is',
    });
  }
  if (entry.state === 'open') return entry;
  throw new Failure(
    'drift.not_open',
    `the drift entry ${id} was ${entry.state} by ${entry.decidedBy ?? 'someone'}`,
    {
      hint: 'it is decided; `salvor drift show` has the details',
    },
  );
}

async function rowOf(entry: DriftEntry, artifacts: ArtifactReader): Promise<ArtifactRow | undefined> {
  const [row] = await artifacts.read([entry.artifactId], { keys: CHECKSUM_KEYS, whole: true });
  return row;
}

function digestOf(row: ArtifactRow): string | null {
  if (row.metadata.kind === 'bad') return null;
  const recorded = recordedDigest(row.metadata.keys);
  return recorded.kind === 'digest' ? recorded.sha256 : null;
}

async function decide(
  entry: DriftEntry,
  row: ArtifactRow | undefined,
  change: ArtifactChange | undefined,
  what: Pick<DriftDecision, 'to' | 'note'>,
  ports: DriftDecisionPorts,
): Promise<DriftDecided> {
  const changes = change === undefined ? [] : [change];
  const { id: driftId, artifactId } = entry;
  await ports.writer.commit({ changes, held: [], decision: { driftId, artifactId, from: 'open', ...what } });
  const now = change === undefined ? row : await rowOf(entry, ports.artifacts);
  const decided = await ports.drift.get(entry.id);
  return {
    entry: decided ?? entry,
    recorded: now === undefined ? null : digestOf(now),
    changed: change !== undefined,
  };
}

function noteOf(action: string, { by, note: reason, runId }: DriftDecisionOptions): JournalNote {
  return { action, runId, actor: by, reason };
}

function acceptedChange(entry: DriftEntry, row: ArtifactRow, note: JournalNote): ArtifactChange | undefined {
  if (row.metadata.kind === 'bad') return undefined;
  const computedAt = timeText(entry.lastSeenAt);
  return {
    artifactId: row.id,
    read: { path: row.path, metadata: row.metadata },
    keys: rawMarker({ sha256: entry.newSha256, sizeBytes: entry.sizeBytes, computedAt }),
    note,
    digest: {
      path: entry.path,
      root: entry.root,
      sizeBytes: entry.sizeBytes,
      mtimeUs: entry.mtimeUs,
      sha256: entry.newSha256,
      computedAt,
    },
  };
}

async function restoringChange(
  entry: DriftEntry,
  row: ArtifactRow,
  note: JournalNote,
  { journal, artifacts: { table } }: Pick<DriftDecisionPorts, 'journal' | 'artifacts'>,
): Promise<ArtifactChange | undefined> {
  if (row.metadata.kind === 'bad') return undefined;
  const keys = await keysBefore(entry, table, journal);
  return {
    artifactId: row.id,
    read: { path: row.path, metadata: row.metadata },
    keys,
    note,
    digest: 'forget',
  };
}

/** The three keys as they were when the drift was recorded; where the journal does not know, the old digest alone. */
async function keysBefore(
  entry: DriftEntry,
  table: string,
  journal: Journal,
): Promise<Record<string, string | null>> {
  const entries = await journal.log({ table, artifactId: entry.artifactId, action: 'drift', limit: 100 });
  const quoted = (sha256: string): string => JSON.stringify(sha256);
  for (const candidate of entries) {
    const before = readJournalValues(candidate.before).metadata?.keys ?? {};
    const after = readJournalValues(candidate.after).metadata?.keys ?? {};
    const about = recordedDigest(before);
    if (after[SHA256_KEY] !== quoted(entry.newSha256) || about.kind !== 'digest') continue;
    if (about.sha256 !== entry.oldSha256) continue;
    const touched = CHECKSUM_KEYS.filter((key) => key in before || key in after);
    return Object.fromEntries(touched.map((key) => [key, before[key] ?? null]));
  }
  return {
    [SHA256_KEY]: quoted(entry.oldSha256),
    ...Object.fromEntries(CHECKSUM_KEYS.slice(1).map((key) => [key, null])),
  };
}
