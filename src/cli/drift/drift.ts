import { type ExitCode, Failure } from '../../core/failure.js';
import { isoOrUndefined, timeText } from '../../core/iso-time.js';
import { formatSize } from '../../core/sizes.js';
import type { DriftEntry } from '../../registry/drift/drift-port.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer } from '../terminal/command-result.js';
import { entryNumber, printList } from '../terminal/print-list.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import { withArtifacts } from '../wiring/with-artifacts.js';
import { driftText } from './drift-text.js';
import type { DriftListFlags } from './flags.js';

/** `salvor drift list`. */
export function listDrift(input: CommandInput<DriftListFlags>): Promise<ExitCode> {
  const { artifact, type, limit } = input.flags;
  const state = input.flags.state === 'all' ? undefined : input.flags.state;
  const after = entryNumber(input.flags.after);
  return withArtifacts(input, async ({ drift }) => {
    return printList(input, {
      name: 'drift',
      limit,
      fetch: (last, rows) =>
        drift.list({ state, artifactId: artifact, types: type, before: last?.id ?? after, limit: rows }),
      json: entryJson,
      cursor: ({ id }) => id,
      rest: async () => ({ open: await drift.openCount(type) }),
      table: driftTable,
      none: 'No matching drift.\n',
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
        hint: '`salvor drift list --state all` lists all entries',
        exitCode: 2,
      });
    }
    return printAnswer(input, {
      summary: { drift: entryJson(entry) },
      text: (style) => driftText(entry, style),
    });
  });
}

/** An entry with the names of its columns. */
export function entryJson(entry: DriftEntry): Record<string, unknown> {
  return {
    id: entry.id,
    run_id: entry.runId,
    artifact_id: entry.artifactId,
    artifact_type: entry.artifactType,
    file_path: entry.path,
    root: entry.root,
    old_sha256: entry.oldSha256,
    new_sha256: entry.newSha256,
    recorded_digests: entry.recordedDigests,
    recorded_in: entry.recordedIn,
    found_digests: entry.foundDigests,
    old_size_bytes: entry.oldSizeBytes,
    old_mtime: entry.oldMtimeUs === null ? null : timeText(Number(entry.oldMtimeUs / 1000n)),
    size_bytes: entry.sizeBytes,
    mtime: timeText(Number(entry.mtimeUs / 1000n)),
    class: entry.class,
    state: entry.state,
    first_seen_at: timeText(entry.firstSeenAt),
    last_seen_at: timeText(entry.lastSeenAt),
    decision_id: entry.decisionId,
    decided_by: entry.decidedBy,
    decided_at: isoOrUndefined(entry.decidedAt) ?? null,
    note: entry.note,
  };
}

export function driftTable(entries: readonly DriftEntry[], style: Style): string {
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
      `${shortDigest(entry.recordedDigests ?? entry.oldSha256)}${entry.recordedIn === null ? '' : ` in ${entry.recordedIn}`}`,
      shortDigest(entry.foundDigests ?? entry.newSha256),
      timeText(entry.lastSeenAt).slice(0, 19).replace('T', ' '),
    ]),
    style,
  );
}

/** A shortened digest, with its algorithm if known. */
function shortDigest(digest: string | null): string {
  return (digest ?? '-').replace(/([0-9a-f]{12})[0-9a-f]*/g, '$1');
}
