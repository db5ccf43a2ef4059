import { Damage, type DamageKind } from '../../../archive/damage.js';
import { type Decode, readArchiveOnce } from '../../../archive/read-archive.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import { noteFindings } from '../damage-finding.js';
import type { Placement } from '../placement.js';
import { SiblingDraft } from '../siblings/sibling-draft.js';
import { Channel } from './channel.js';

export interface TeeOptions {
  /** The archive's name in the index. */
  archive: string;
  spanBytes: number;
  index: boolean;
  writer: string;
}

export interface TeePorts {
  source: AsyncIterable<Uint8Array>;
  /** Writes the archive's bytes. Resolves when more can be written, rejects when the reader has gone. */
  pass(bytes: Uint8Array): Promise<void>;
  placement(): Placement;
  decode: Decode;
}

export interface TeeSummary {
  bytes_passed: number;
  members: number;
  listing_bytes: number;
  index_bytes: number;
  findings: Finding[];
}

interface Indexed {
  members: number;
  listing_bytes: number;
  index_bytes: number;
  findings: Finding[];
}

/**
 * Passes an archive through unchanged and writes its listing and index at the same time. If writing those fails, the
 * archive still passes through, and the failure is reported at the end.
 * @throws Failure `tee.output_closed`, `tee.archive_damaged`, `tee.index_failed`
 */
export async function teeArchive(options: TeeOptions, ports: TeePorts): Promise<TeeSummary> {
  const channel = new Channel();
  const reading = { isWhole: false };
  let broken: unknown;
  const indexing = index(channel, { ...options, reading }, ports).catch((error: unknown) => {
    broken = error;
    channel.abandon();
    return undefined;
  });
  let bytesPassed = 0;
  for await (const bytes of ports.source) {
    bytesPassed += bytes.length;
    try {
      await ports.pass(bytes);
    } catch (error) {
      channel.fail(new Damage('truncated', 'the archive was not passed through completely'));
      await indexing;
      throw outputClosed(bytesPassed, error);
    }
    await channel.put(bytes);
  }
  channel.end();
  const indexed = await indexing;
  if (indexed === undefined) throw notIndexed(broken, bytesPassed, reading.isWhole);
  return { bytes_passed: bytesPassed, ...indexed };
}

async function index(
  channel: Channel,
  options: TeeOptions & { reading: { isWhole: boolean } },
  ports: TeePorts,
): Promise<Indexed> {
  const placement = ports.placement();
  const draft = new SiblingDraft({
    directory: placement.draftDirectory,
    spanBytes: options.spanBytes,
    index: options.index,
  });
  try {
    const pass = await readArchiveOnce(channel, draft, {
      spanBytes: options.spanBytes,
      decode: ports.decode,
    });
    const facts = draft.finish(pass, {
      archive: options.archive,
      etag: undefined,
      etagOf: undefined,
      writer: options.writer,
    });
    options.reading.isWhole = true;
    await placement.place('listing', facts.listingPath, false);
    if (facts.indexPath !== undefined) await placement.place('index', facts.indexPath, false);
    const findings = noteFindings(options.archive, facts.notes);
    return {
      members: facts.members,
      listing_bytes: facts.listingBytes,
      index_bytes: facts.indexBytes,
      findings,
    };
  } finally {
    draft.discard();
  }
}

function outputClosed(bytesPassed: number, cause: unknown): Failure {
  return new Failure(
    'tee.output_closed',
    `the program that reads the archive stopped after ${counted(bytesPassed, 'byte')}`,
    {
      hint: 'check the program after the pipe: the backup is incomplete',
      cause,
    },
  );
}

/** Damage that makes the backup useless. An unsupported format or a limit does not. */
const DAMAGED: readonly DamageKind[] = ['truncated', 'corrupt', 'no_members', 'empty'];

/** Reports only what is known: the archive is undamaged only if it was read completely. */
function notIndexed(error: unknown, bytesPassed: number, isWhole: boolean): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  if (bytesPassed === 0) return archiveDamaged('it is empty (0 bytes)', error);
  if (error instanceof Damage && DAMAGED.includes(error.kind)) {
    return archiveDamaged(reason, error);
  }
  if (isWhole) {
    return new Failure(
      'tee.index_failed',
      `the archive passed through intact, but its listing could not be written: ${reason}`,
      {
        hint: 'the backup is intact; create its listing with `salvor listings build ARCHIVE`',
        cause: error,
      },
    );
  }
  return new Failure(
    'tee.index_failed',
    `${counted(bytesPassed, 'byte')} passed through, but the archive was not checked to its end: ${reason}`,
    { hint: 'check the stored archive with `salvor listings build ARCHIVE`', cause: error },
  );
}

function archiveDamaged(reason: string, cause: unknown): Failure {
  return new Failure(
    'tee.archive_damaged',
    `the archive that passed through is incomplete or damaged: ${reason}`,
    {
      hint: 'check why the program before the pipe ended early, and run the backup again',
      cause,
    },
  );
}
