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
import type { ContentNow, DriftEntry, DriftLedger } from './drift-port.js';

export interface DriftDecisionPorts {
  drift: DriftLedger;
  journal: Journal;
  artifacts: ArtifactReader;
  writer: ArtifactWriter;
  /** Reads the file of the entry once more: nothing is decided about content that is not there any more. */
  contentNow(entry: DriftEntry): Promise<ContentNow>;
}

export interface DriftDecisionOptions {
  id: string;
  by: string;
  note: string | null;
  /** The run id in the journal: `journal undo` undoes everything that was decided under it. */
  runId: string | null;
}

/** What a decision did to the artifact. */
export interface DriftDecided {
  entry: DriftEntry;
  /** The digest that is on record now; null when the row is gone or has none. */
  recorded: string | null;
  changed: boolean;
  /** The file has content that was rejected: it is wrong until the right one is back. */
  remains: boolean;
}

/**
 * The new content is right: its digest is on record afterwards. Refused unless the file has that content now.
 * @throws Failure `drift.unknown`, `drift.closed`, `drift.stale`, `row.changed`
 */
export async function acceptDrift(
  options: DriftDecisionOptions,
  ports: DriftDecisionPorts,
): Promise<DriftDecided> {
  const { entry, row } = await openEntry(options.id, ports);
  if (row === undefined) throw stale(entry, 'its artifact is gone', 'reject the entry to close it');
  const content = await ports.contentNow(entry);
  requireRow(entry, row);
  if (content.kind === 'absent')
    throw stale(entry, `its file cannot be read now: ${content.reason}`, BRING_BACK);
  if (content.sha256 !== entry.newSha256) throw stale(entry, nowHas(entry, content.sha256), VERIFY);
  const note = noteOf('drift.accept', options);
  const change = digestOf(row) === entry.newSha256 ? undefined : acceptedChange(entry, row, content, note);
  return closeEntry({ entry, row }, change, { to: 'accepted', note }, ports);
}

/**
 * The new content is wrong. The keys are again what they were before it was recorded, and the content is flagged: it is
 * not recorded again, and the file counts as wrong until the right one is back. Refused when the file has other content
 * now; a file that is gone may be rejected.
 * @throws Failure `drift.unknown`, `drift.closed`, `drift.stale`, `row.changed`
 */
export async function rejectDrift(
  options: DriftDecisionOptions,
  ports: DriftDecisionPorts,
): Promise<DriftDecided> {
  const { entry, row } = await openEntry(options.id, ports);
  const content = row === undefined ? undefined : await ports.contentNow(entry);
  if (row !== undefined) requireRow(entry, row);
  if (content?.kind === 'content' && content.sha256 !== entry.newSha256) {
    throw stale(entry, nowHas(entry, content.sha256), VERIFY);
  }
  if (content?.kind === 'absent' && !content.isGone) {
    throw stale(entry, `its file cannot be read now: ${content.reason}`, BRING_BACK);
  }
  const written = row !== undefined && digestOf(row) === entry.newSha256;
  const note = noteOf('drift.reject', options);
  const change = written ? await restoringChange(entry, row, note, ports) : undefined;
  const decided = await closeEntry({ entry, row }, change, { to: 'rejected', note }, ports);
  return { ...decided, remains: content?.kind === 'content' };
}

const VERIFY =
  'run `salvor checksums verify`: it closes this entry, and opens another one if there is new drift';
const BRING_BACK = 'make the file readable again, or reject the entry if the file is gone for good';

function nowHas(entry: DriftEntry, sha256: string): string {
  return sha256 === entry.oldSha256
    ? 'its file has the recorded content again'
    : `its file has other content now (${sha256})`;
}

function stale(entry: DriftEntry, reason: string, hint: string): Failure {
  return new Failure('drift.stale', `drift ${entry.id} of ${entry.artifactId} is out of date: ${reason}`, {
    hint,
    exitCode: 1,
    detail: { id: entry.id, artifact_id: entry.artifactId },
  });
}

/** The row still says what the entry is about. */
function requireRow(entry: DriftEntry, row: ArtifactRow): void {
  if (row.path !== entry.path) throw stale(entry, `its row has another path now (${row.path})`, VERIFY);
  const onRecord = digestOf(row);
  if (onRecord === entry.oldSha256 || onRecord === entry.newSha256) return;
  throw stale(entry, `its row has another digest on record now (${onRecord ?? 'none'})`, VERIFY);
}

async function openEntry(
  id: string,
  ports: DriftDecisionPorts,
): Promise<{ entry: DriftEntry; row: ArtifactRow | undefined }> {
  const entry = /^\d{1,18}$/.test(id) ? await ports.drift.get(id) : undefined;
  if (entry === undefined) {
    throw new Failure('drift.unknown', `there is no drift entry ${JSON.stringify(id)}`, {
      hint: '`salvor drift list --state all` lists all entries',
      exitCode: 2,
    });
  }
  if (entry.state === 'open') return { entry, row: await rowOf(entry, ports.artifacts) };
  const by = entry.decidedBy === null ? '' : ` by ${entry.decidedBy}`;
  throw new Failure('drift.closed', `the drift entry ${id} was ${entry.state}${by}`, {
    hint: '`salvor drift show` has the details',
    exitCode: 1,
  });
}

async function rowOf(entry: DriftEntry, artifacts: ArtifactReader): Promise<ArtifactRow | undefined> {
  const [row] = await artifacts.read([entry.artifactId], { keys: CHECKSUM_KEYS, whole: true });
  return row;
}

/**
 * The digest on record, or what it will be after a change. It is not read again: in a registry that is only read, the change is written as a
 * script and not yet applied.
 */
function digestOf(row: ArtifactRow | undefined, change?: ArtifactChange): string | null {
  if (row === undefined || row.metadata.kind === 'bad') return null;
  const recorded = recordedDigest({ ...row.metadata.keys, ...change?.keys });
  return recorded.kind === 'digest' ? recorded.sha256 : null;
}

async function closeEntry(
  { entry, row }: { entry: DriftEntry; row: ArtifactRow | undefined },
  change: ArtifactChange | undefined,
  what: Pick<DriftDecision, 'to' | 'note'>,
  ports: DriftDecisionPorts,
): Promise<DriftDecided> {
  const changes = change === undefined ? [] : [change];
  const { id: driftId, artifactId } = entry;
  await ports.writer.commit({ changes, held: [], decision: { driftId, artifactId, from: 'open', ...what } });
  const decided = await ports.drift.get(entry.id);
  return {
    entry: decided ?? entry,
    recorded: digestOf(row, change),
    changed: change !== undefined,
    remains: false,
  };
}

function noteOf(action: string, { by, note: reason, runId }: DriftDecisionOptions): JournalNote {
  return { action, runId, actor: by, reason };
}

function acceptedChange(
  entry: DriftEntry,
  row: ArtifactRow,
  content: Extract<ContentNow, { kind: 'content' }>,
  note: JournalNote,
): ArtifactChange | undefined {
  if (row.metadata.kind === 'bad') return undefined;
  const { sha256, sizeBytes, mtimeUs, root } = content;
  const computedAt = timeText(content.readAt);
  return {
    artifactId: row.id,
    read: { path: row.path, metadata: row.metadata, recordedText: row.recordedText },
    keys: rawMarker({ sha256, sizeBytes, computedAt }),
    note,
    digest: { path: entry.path, root, sizeBytes, mtimeUs, sha256, computedAt },
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

/**
 * The three keys as they were when the content that is now rejected, or what came between, was recorded over them; where
 * the journal does not know, the old digest alone. Content that contradicts an older digest was never right: nothing is
 * left of it.
 */
async function keysBefore(
  entry: DriftEntry,
  table: string,
  journal: Journal,
): Promise<Record<string, string | null>> {
  const none = Object.fromEntries(CHECKSUM_KEYS.map((key) => [key, null]));
  if (entry.oldSha256 === null || entry.class === 'recorded') return none;
  const entries = await journal.log({ table, artifactId: entry.artifactId, action: 'drift', limit: 100 });
  for (const candidate of entries) {
    const before = readJournalValues(candidate.before).metadata?.keys ?? {};
    const after = readJournalValues(candidate.after).metadata?.keys ?? {};
    const about = recordedDigest(before);
    if (about.kind !== 'digest' || about.sha256 !== entry.oldSha256) continue;
    const touched = CHECKSUM_KEYS.filter((key) => key in before || key in after);
    return Object.fromEntries(touched.map((key) => [key, before[key] ?? null]));
  }
  return { ...none, [SHA256_KEY]: JSON.stringify(entry.oldSha256) };
}
