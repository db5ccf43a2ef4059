import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import { driftPair } from '../../../registry/drift/drift-port.js';
import type { ChecksumOptions, ChecksumPorts } from '../options.js';
import { driftMessage } from '../report/findings.js';
import { type ChangeContext, rowOutcome } from './change.js';
import { contradictedSha256, type Decision, type DriftPolicy, decideRow, undecided } from './decide.js';
import type { FileRead, FileReads } from './file-reads.js';
import type { Finished } from './finished-row.js';
import { type LocatedRow, requestOf } from './locate-rows.js';
import { partKeys } from './part-reader.js';
import { algorithmsFor, type ComparableDigest, compareRecorded, digestList } from './recorded.js';
import type { SidecarDigests } from './sidecar-digests.js';

type Hashed = Extract<FileRead, { kind: 'hashed' }>;

export interface EvaluationSettings {
  action: ChangeContext['action'];
  onDrift: 'record' | 'hold';
}

/** Which attempt at the row this is, and whether its file is read in parts. */
interface Attempt {
  attempt: number;
  inParts: boolean;
}

/**
 * Reads the file of a row, decides what the result is and what to write. If the content contradicts a digest on record,
 * the file is read a second time before that counts.
 */
export class RowEvaluator {
  readonly #options: Pick<ChecksumOptions, 'runId' | 'actor'>;
  readonly #ports: Pick<ChecksumPorts, 'clock' | 'drift' | 'emit' | 'files'>;
  readonly #settings: EvaluationSettings;
  readonly #reads: FileReads;
  readonly #sidecars: SidecarDigests;

  constructor(
    options: Pick<ChecksumOptions, 'runId' | 'actor'>,
    ports: Pick<ChecksumPorts, 'clock' | 'drift' | 'emit' | 'files'>,
    settings: EvaluationSettings,
    { reads, sidecars }: { reads: FileReads; sidecars: SidecarDigests },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#settings = settings;
    this.#reads = reads;
    this.#sidecars = sidecars;
  }

  /** The row with its decision, ready to be committed; undefined if reading was stopped. */
  async evaluate(located: LocatedRow, { attempt, inParts }: Attempt): Promise<Finished | undefined> {
    const { row } = located;
    const context = this.#context();
    const { now } = context;
    if (row.metadata.kind === 'bad') {
      const decision: Decision = { result: 'bad_metadata', write: false, reason: row.metadata.reason };
      return { row, decision, attempt, now };
    }
    const { read, policy } = await this.#readTwiceIfContradicted(located, inParts);
    if (read.kind === 'stopped') return undefined;
    const decision = decideRow(row, read, policy);
    if (read.kind !== 'hashed') return { row, decision, read, attempt, now };
    // Emitted before the write, so that the warning appears even if the write fails.
    if (decision.result === 'drift')
      this.#ports.emit({ type: 'note', level: 'warning', message: driftMessage(row, decision, read) });
    const partsRead = inParts ? partKeys(read.file) : [];
    return { row, decision, read, attempt, now, partsRead, ...rowOutcome(row, read, decision, context) };
  }

  async #readTwiceIfContradicted(
    located: LocatedRow,
    inParts: boolean,
  ): Promise<{ read: FileRead; policy: DriftPolicy }> {
    const { row, location } = located;
    const { onDrift } = this.#settings;
    const algorithms = algorithmsFor(row);
    const rowInParts = inParts ? row : undefined;
    const first = await this.#reads.read(requestOf(row), location, algorithms, rowInParts);
    const undoubted = { read: first, policy: { onDrift, rejected: false } };
    if (first.kind !== 'hashed') return undoubted;
    const contradicts = await this.#contradictions(row, first);
    const onRecord = contradictedSha256(row, first);
    if (onRecord === undefined && contradicts.length === 0) return undoubted;
    const read = await this.#reads.confirm(requestOf(row), first, algorithms, rowInParts);
    if (contradicts.length > 0 && !(await this.#sidecars.areAsBefore(located)))
      return {
        read: { kind: 'unstable', reason: 'its sidecar changed while it was read' },
        policy: undoubted.policy,
      };
    const open = await this.#ports.drift.openOf(row.id);
    const old = contradicts.length > 0 ? digestList(contradicts) : undecided(onRecord ?? '', open);
    const pair = { artifactId: row.id, old, newSha256: first.sha256 };
    const rejected = (await this.#ports.drift.rejected([pair])).has(driftPair(pair));
    return { read, policy: { onDrift, rejected, open, contradicts } };
  }

  /** Recorded digests that the content contradicts, except those for which a person accepted other content. */
  async #contradictions(row: ArtifactRow, read: Hashed): Promise<readonly ComparableDigest[]> {
    const { contradicts } = compareRecorded(row, read);
    if (contradicts.length === 0) return contradicts;
    return compareRecorded(row, read, await this.#ports.drift.settledDigests(row.id)).contradicts;
  }

  #context(): ChangeContext {
    return {
      runId: this.#options.runId,
      actor: this.#options.actor,
      action: this.#settings.action,
      now: this.#ports.clock.now(),
      rootPath: (index) => this.#ports.files.roots[index]?.path ?? '',
    };
  }
}
