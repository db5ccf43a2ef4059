import { timeText } from '../../core/iso-time.js';
import { formatSize } from '../../core/sizes.js';
import type { DriftClass, DriftEntry } from '../../registry/drift/drift-port.js';
import { factLines } from '../terminal/facts.js';
import type { Style } from '../terminal/style.js';

/** Explains each class of drift to the person who decides. */
const CLASS_WORDS: Record<DriftClass, string> = {
  corrupt:
    'the content changed but size and modification time did not: programs change the time, failing storage does not',
  rewritten: 'the file was written after its digest was recorded, possibly on purpose',
  recorded:
    'the content contradicts a digest that was in the registry before Salvor; the older digest counts',
  unknown: 'there is no evidence whether a program or the storage changed the file',
};

/** Formats one entry, with the possible decisions. */
export function driftText(entry: DriftEntry, style: Style): string {
  const { id, state, root, decidedAt, decidedBy } = entry;
  const facts = factLines([
    ['artifact', `${entry.artifactId}${entry.artifactType === null ? '' : `, ${entry.artifactType}`}`],
    ['file', `${entry.path}${root === null ? '' : ` in ${root}`}`],
    ['recorded', entry.recordedDigests ?? entry.oldSha256 ?? undefined],
    ['', entry.recordedIn === null ? undefined : `in ${entry.recordedIn}`],
    ['', before(entry)],
    ['found', entry.foundDigests ?? entry.newSha256],
    ['', entry.foundDigests === null ? undefined : `sha256:${entry.newSha256}`],
    ['', `${formatSize(entry.sizeBytes)}, modified ${time(entry.mtimeUs)}`],
    ['class', `${entry.class}: ${CLASS_WORDS[entry.class]}`],
    ['first seen', `${moment(entry.firstSeenAt)} by run ${entry.runId}`],
    ['last seen', moment(entry.lastSeenAt)],
    [
      'decided',
      decidedAt === null ? undefined : `${moment(decidedAt)}${decidedBy === null ? '' : ` by ${decidedBy}`}`,
    ],
    ['note', entry.note ?? undefined],
  ]);
  const title = style.bold(`Drift ${id} is ${state}`);
  return `${[title, ...facts, ...(state === 'open' ? choices(id) : [])].join('\n')}\n`;
}

/** The file as it was when the recorded digest was computed. */
function before({ oldSizeBytes, oldMtimeUs }: DriftEntry): string | undefined {
  const size = oldSizeBytes === null ? undefined : formatSize(oldSizeBytes);
  const modified = oldMtimeUs === null ? undefined : `modified ${time(oldMtimeUs)}`;
  return [size, modified].filter((part) => part !== undefined).join(', ') || undefined;
}

function time(us: bigint): string {
  return moment(new Date(Number(us / 1000n)));
}

function choices(id: string): string[] {
  return [
    '',
    `salvor drift accept ${id}   the new content is right: record its digest`,
    `salvor drift reject ${id}   the recorded content is right: leave the file, and let recovery search for that content`,
  ];
}

function moment(at: Date): string {
  return `${timeText(at).slice(0, 19).replace('T', ' ')}Z`;
}
