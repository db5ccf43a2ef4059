import { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import type { ArtifactReader, ArtifactWriter, DriftDecision } from '../artifacts/artifacts-port.js';
import { endedByItself } from '../drift/ended-drift.js';
import type { Runs } from '../port.js';
import type { Journal, JournalEntry } from './journal-port.js';
import { readJournalValues } from './journal-values.js';
import type { UndoFiles } from './undo-files-port.js';
import { keysOf, planUndo, type UndoPlan } from './undo-plan.js';

export interface UndoOptions {
  /** All that a run did, newest first, or one entry. */
  target: { runId: string } | { entryId: string };
  /** The run that the undo is itself. */
  runId: string | null;
  actor: string;
  reason: string | null;
}

export interface UndoPorts {
  /** Where it is known whether a run still goes on. */
  runs: Pick<Runs, 'isRunning'>;
  journal: Journal;
  artifacts: ArtifactReader;
  writer: ArtifactWriter;
  onRefused: (finding: Finding) => void;
  /** Called for each decision about drift that was taken back, after the commit. */
  onDecision?: ((decision: DriftDecision) => void) | undefined;
  /** Moves what binds placed; where it is absent, files stay where they are. */
  files?: UndoFiles | undefined;
  signal: AbortSignal;
  /** Entries that are taken back together. Default: 500. */
  pageEntries?: number;
}

export interface UndoSummary {
  entries: number;
  undone: number;
  refused: number;
  already_undone: number;
}

const PAGE_ENTRIES = 500;

/**
 * Writes the reverse of journal entries as new entries. What was changed since is refused, row by row, with the reason.
 * @throws Failure `journal.unknown`; `undo.running` (exit 4) for changes of a run that still goes on
 */
export async function undoJournal(options: UndoOptions, ports: UndoPorts): Promise<UndoSummary> {
  const summary: UndoSummary = { entries: 0, undone: 0, refused: 0, already_undone: 0 };
  for await (const page of pagesOf(options, ports)) {
    if (summary.entries === 0) await requireEnded(page, ports.runs);
    summary.entries += page.length;
    const changes = page.filter(canBeUndone);
    const open = 'entryId' in options.target ? changes : changes.filter((entry) => entry.undoneBy === null);
    summary.already_undone += changes.length - open.length;
    for (const batch of batchesOf(open)) {
      const undone = await undoBatch(batch, options, ports);
      summary.undone += undone;
      summary.refused += batch.length - undone;
    }
    if (ports.signal.aborted) break;
  }
  await ports.files?.finish();
  if (summary.entries > 0) return summary;
  throw new Failure('journal.unknown', 'the journal has no such entry or run', {
    hint: '`salvor journal log` lists entries and runs',
    exitCode: 2,
  });
}

/** Some entries are evidence alone, such as that of a scrub: there is nothing in them to take back. */
export function canBeUndone(entry: Pick<JournalEntry, 'before' | 'after'>): boolean {
  const { path, metadata, drift } = readJournalValues(entry.after);
  if (path === undefined && metadata === undefined && endedByItself(drift?.state)) return false;
  return path !== undefined || metadata !== undefined || drift !== undefined || entry.before !== '{}';
}

/** What a run has changed so far is not all that it will have changed: it would put back what is taken back. */
async function requireEnded([entry]: readonly JournalEntry[], runs: UndoPorts['runs']): Promise<void> {
  const runId = entry?.runId ?? null;
  if (runId === null || !(await runs.isRunning(runId))) return;
  throw new Failure('undo.running', `run ${runId} is still going; nothing was taken back`, {
    hint: 'stop it (SIGTERM) or wait until it has ended, then undo it',
    exitCode: 4,
  });
}

async function* pagesOf(
  { target }: UndoOptions,
  { journal, pageEntries = PAGE_ENTRIES }: UndoPorts,
): AsyncGenerator<JournalEntry[]> {
  if ('entryId' in target) {
    const entry = await journal.get(target.entryId);
    if (entry) yield [entry];
    return;
  }
  for (let before: string | undefined; ; ) {
    const page = await journal.ofRun(target.runId, before, pageEntries);
    if (page.length > 0) yield page;
    before = page.at(-1)?.id;
    if (page.length < pageEntries) return;
  }
}

/**
 * Splits entries into batches, in order. No batch has the same artifact twice, because its later change must be undone
 * before the earlier one. A decision gets its own batch: it succeeds or fails together with its drift entry.
 */
function batchesOf(entries: readonly JournalEntry[]): JournalEntry[][] {
  const batches: JournalEntry[][] = [];
  let seen = new Set<string>();
  let isAlone = true;
  for (const entry of entries) {
    const last = batches.at(-1);
    const decides = readJournalValues(entry.after).drift !== undefined;
    if (last === undefined || isAlone || decides || seen.has(entry.artifactId)) {
      batches.push([entry]);
      seen = new Set([entry.artifactId]);
      isAlone = decides;
    } else {
      last.push(entry);
      seen.add(entry.artifactId);
    }
  }
  return batches;
}

async function undoBatch(
  entries: readonly JournalEntry[],
  options: UndoOptions,
  ports: UndoPorts,
): Promise<number> {
  const { runId, actor, reason } = options;
  const note = { action: 'undo', runId, actor, reason };
  const { table } = ports.artifacts;
  const keys = [...new Set(entries.flatMap(keysOf))];
  const ids = entries.map((entry) => entry.artifactId);
  const rows = new Map((await ports.artifacts.read(ids, { keys, whole: true })).map((row) => [row.id, row]));
  const planned: Planned[] = [];
  for (const entry of entries) {
    const plan = planUndo(entry, rows.get(entry.artifactId), { table, note });
    if (plan.kind === 'change') planned.push({ entry, ...plan });
    else ports.onRefused(refusal(entry, plan.reason));
  }
  return planned.length === 0 ? 0 : undoWithFiles(planned, ports);
}

/** A file that a row will say it has again is brought back first; one that it no longer has is moved away after it. */
async function undoWithFiles(planned: readonly Planned[], ports: UndoPorts): Promise<number> {
  const refusals =
    (await ports.files?.prepare(planned.map(({ entry }) => entry))) ?? new Map<string, string>();
  for (const { entry } of planned) {
    const reason = refusals.get(entry.id);
    if (reason !== undefined) ports.onRefused(refusal(entry, reason));
  }
  const rest = planned.filter(({ entry }) => !refusals.has(entry.id));
  const undone = rest.length === 0 ? [] : await takeBack(rest, ports);
  await ports.files?.conclude(
    rest.map(({ entry }) => entry),
    new Set(undone.map((entry) => entry.id)),
  );
  return undone.length;
}

type Planned = { entry: JournalEntry } & Extract<UndoPlan, { kind: 'change' }>;

/** The entries that were taken back; the others are refused. */
async function takeBack(planned: readonly Planned[], ports: UndoPorts): Promise<JournalEntry[]> {
  const changes = planned.flatMap(({ change }) => change ?? []);
  const decision = planned[0]?.decision;
  try {
    const changed = await ports.writer.commit({ changes, held: [], decision });
    if (decision !== undefined) ports.onDecision?.(decision);
    const isDone = ({ entry, change }: Planned): boolean => !change || changed.has(entry.artifactId);
    for (const one of planned) {
      if (!isDone(one)) ports.onRefused(refusal(one.entry, 'it was changed by others at the same time'));
    }
    return planned.filter(isDone).map(({ entry }) => entry);
  } catch (error) {
    const [only, ...others] = planned;
    if (only === undefined || !(error instanceof Failure) || !REFUSALS.has(error.code)) throw error;
    // One of them was refused, and with it all: the others are taken back without it.
    if (others.length > 0) return oneByOne(planned, ports);
    ports.onRefused(refusal(only.entry, error.message));
    return [];
  }
}

async function oneByOne(planned: readonly Planned[], ports: UndoPorts): Promise<JournalEntry[]> {
  const undone: JournalEntry[] = [];
  for (const one of planned) undone.push(...(await takeBack([one], ports)));
  return undone;
}

/**
 * Somebody else was there: the entry was decided, its artifact changed, or the same drift is open under another id. Or
 * a constraint or trigger of the user's says no.
 */
const REFUSALS = new Set(['drift.closed', 'row.changed', 'row.refused', 'row.side_effect']);

function refusal(entry: JournalEntry, reason: string): Finding {
  return {
    code: 'journal.refused',
    severity: 'error',
    subject: entry.artifactId,
    message: `entry ${entry.id} (${entry.action}) of ${entry.artifactId} cannot be undone: ${reason}`,
    detail: { entry: entry.id, action: entry.action, reason },
  };
}
