import { type ExitCode, usageFailure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { printable } from '../../core/printable.js';
import { BASIS_KEYS } from '../../jobs/recovery/plan/basis.js';
import type { ArtifactRow } from '../../registry/artifacts/artifacts-port.js';
import { artifactHistory, type HistoryEvent } from '../../registry/recovery/artifact-history.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer } from '../terminal/command-result.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import { withArtifacts } from '../wiring/with-artifacts.js';

/** `salvor artifact show ID`: shows the row, digests, history and copies of an artifact. */
export function artifactShow(input: CommandInput): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return withArtifacts(input, async (opened, state) => {
    const [artifact] = await opened.reader.read([id], { keys: BASIS_KEYS });
    const about = { id, table: opened.shape.table };
    const events = await artifactHistory(about, { ledger: opened.ledger, state });
    if (artifact === undefined && events.length === 0)
      throw usageFailure(
        'review.unknown',
        `there is no artifact ${JSON.stringify(id)}`,
        'give an id as in the artifacts table; the dashboard finds artifacts by a part of their name',
      );
    return printAnswer(input, {
      summary: {
        artifact: artifact === undefined ? null : artifactJson(artifact),
        history: events.map((event) => ({ ...event, at: timeText(event.at) })),
      },
      text: (style) => `${style.bold(printable(id))}\n${factsText(artifact)}\n${historyText(events, style)}`,
    });
  });
}

function artifactJson({ id, type, path, metadata, digest }: ArtifactRow): object {
  const recorded =
    metadata.kind === 'bad'
      ? null
      : Object.fromEntries(
          Object.entries(metadata.keys).flatMap(([key, raw]) =>
            raw === null ? [] : [[key, JSON.parse(raw) as unknown]],
          ),
        );
  const read =
    digest === null
      ? null
      : {
          ...{ path: digest.path, root: digest.root, size_bytes: digest.sizeBytes, sha256: digest.sha256 },
          computed_at: digest.computedAt,
        };
  return { id, artifact_type: type, file_path: path, recorded, last_read: read };
}

function factsText(artifact: ArtifactRow | undefined): string {
  if (artifact === undefined) return '  the row no longer exists; this is its recorded history\n';
  const { type, path, metadata, digest } = artifact;
  const keys =
    metadata.kind === 'bad'
      ? [`metadata  ${metadata.reason}`]
      : Object.entries(metadata.keys).flatMap(([key, raw]) => (raw === null ? [] : [`${key}  ${raw}`]));
  const lines = [
    `type  ${type ?? 'none'}`,
    `file_path  ${path ?? 'none'}`,
    ...keys,
    ...(digest === null ? [] : [`last read  ${digest.root}/${digest.path} at ${digest.computedAt}`]),
  ];
  return `${lines.map((line) => `  ${printable(line)}`).join('\n')}\n`;
}

function historyText(events: readonly HistoryEvent[], style: Style): string {
  if (events.length === 0) return 'No events yet.\n';
  return textTable(
    ['at', 'kind', 'what', 'by', 'detail'],
    events.map(({ at, kind, what, by, detail }) => [
      timeText(at).slice(0, 19).replace('T', ' '),
      kind,
      what,
      by ?? '-',
      detail ?? '',
    ]),
    style,
  );
}
