import { type ExitCode, Failure, usageFailure } from '../../core/failure.js';
import { isoOrUndefined, timeText } from '../../core/iso-time.js';
import { printable } from '../../core/printable.js';
import { formatSize } from '../../core/sizes.js';
import { acceptDrift, type DriftDecided, rejectDrift } from '../../registry/drift/drift-decisions.js';
import type { DriftEntry, DriftState } from '../../registry/drift/drift-port.js';
import { PostgresJournal } from '../../registry/journal/journal.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { textTable } from '../terminal/text-table.js';
import { actorHere, type OpenedArtifacts, openConfiguredArtifacts } from '../wiring/artifacts.js';
import type { DriftDecideFlags, DriftListFlags } from './drift.command.js';
import { driftText } from './drift-text.js';

const STATES = ['open', 'accepted', 'rejected'] as const;

/** `salvor drift list`. */
export function listDrift(input: CommandInput<DriftListFlags>): Promise<ExitCode> {
  const { artifact, type, limit } = input.flags;
  const state = stateOf(input.flags.state);
  return withArtifacts(input, async ({ drift }) => {
    const entries = await drift.list({ state, artifactId: artifact, types: type, limit });
    return printAnswer(input, {
      summary: { drift: entries.map(entryJson), open: await drift.openCount(type) },
      text: () => (entries.length === 0 ? 'No such drift is on record.\n' : table(entries)),
    });
  });
}

/** `salvor drift show ID`. */
export function showDrift(input: CommandInput): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return withArtifacts(input, async ({ drift }) => {
    const entry = /^\d{1,18}$/.test(id) ? await drift.get(id) : undefined;
    if (entry === undefined) {
      throw new Failure('drift.unknown', `there is no drift entry ${JSON.stringify(id)}`, {
        hint: 'salvor drift list --state all',
        exitCode: 2,
      });
    }
    return printAnswer(input, {
      summary: { drift: entryJson(entry) },
      text: (style) => driftText(entry, style),
    });
  });
}

/** `salvor drift accept ID...` and `salvor drift reject ID...`. */
export function decideDrift(
  name: 'accept' | 'reject',
  input: CommandInput<DriftDecideFlags>,
): Promise<ExitCode> {
  return withArtifacts(input, async (opened) => {
    const ports = {
      drift: opened.drift,
      journal: new PostgresJournal(opened.database),
      artifacts: opened.reader,
      writer: await opened.writer(),
    };
    const decided: DriftDecided[] = [];
    try {
      for (const id of input.args) {
        const options = { id, by: actorHere(), note: input.flags.note ?? null, runId: null };
        decided.push(await (name === 'accept' ? acceptDrift : rejectDrift)(options, ports));
      }
    } catch (error) {
      // Each is decided for itself: those before the one that is refused stay so, and whoever asked must know.
      process.stderr.write(decided.map(decidedText).join(''));
      throw error;
    }
    return printAnswer(input, {
      summary: {
        decided: decided.map(({ entry, recorded, changed }) => ({
          ...entryJson(entry),
          recorded_sha256: recorded,
          row_changed: changed,
        })),
        open: await opened.drift.openCount(),
      },
      text: () => decided.map(decidedText).join(''),
    });
  });
}

function withArtifacts(
  input: CommandInput,
  work: (opened: OpenedArtifacts) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withRegistry(input, async (registry, { config }) => {
    const opened = await openConfiguredArtifacts(config, input.flags, registry.database);
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  });
}

function stateOf(text: string): DriftState | undefined {
  if (text === 'all') return undefined;
  const state = STATES.find((candidate) => candidate === text);
  if (state !== undefined) return state;
  throw usageFailure(
    'usage.invalid',
    `--state ${JSON.stringify(text)} is not one of ${STATES.join(', ')}, all`,
  );
}

/** An entry under the names of its columns. */
function entryJson(entry: DriftEntry): Record<string, unknown> {
  return {
    id: entry.id,
    run_id: entry.runId,
    artifact_id: entry.artifactId,
    artifact_type: entry.artifactType,
    file_path: entry.path,
    root: entry.root,
    old_sha256: entry.oldSha256,
    new_sha256: entry.newSha256,
    size_bytes: entry.sizeBytes,
    mtime: timeText(Number(entry.mtimeUs / 1000n)),
    class: entry.class,
    state: entry.state,
    first_seen_at: timeText(entry.firstSeenAt),
    last_seen_at: timeText(entry.lastSeenAt),
    decided_by: entry.decidedBy,
    decided_at: isoOrUndefined(entry.decidedAt) ?? null,
    note: entry.note,
  };
}

function table(entries: readonly DriftEntry[]): string {
  return textTable(
    ['id', 'state', 'class', 'type', 'artifact', 'path', 'size', 'recorded', 'found', 'last seen'],
    entries.map((entry) => [
      entry.id,
      entry.state,
      entry.class,
      entry.artifactType ?? '-',
      entry.artifactId,
      entry.path,
      formatSize(entry.sizeBytes),
      entry.oldSha256.slice(0, 12),
      entry.newSha256.slice(0, 12),
      timeText(entry.lastSeenAt).slice(0, 19).replace('T', ' '),
    ]),
  );
}

function decidedText({ entry, recorded, changed }: DriftDecided): string {
  const what = changed ? `${recorded ?? 'nothing'} is on record now` : 'the row needed no change';
  return `Drift ${entry.id} of ${printable(entry.artifactId)} is ${entry.state}; ${what}.\n`;
}
