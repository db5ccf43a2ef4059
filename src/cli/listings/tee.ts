import { once } from 'node:events';
import { basename, resolve } from 'node:path';
import { DEFAULT_SPAN_BYTES } from '../../archive/gzip/checkpoints.js';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { decodersFor } from '../../decompress/decode.js';
import { LISTING_SUFFIX } from '../../jobs/indexing/archive-ref.js';
import { DirectoryPlacement } from '../../jobs/indexing/placement.js';
import { teeArchive } from '../../jobs/indexing/tee/tee.js';
import type { CommandInput } from '../command-input.js';
import { stoppable } from '../signals.js';
import { requireStdout, writeStderr } from '../terminal/output.js';
import { version } from '../version.js';
import type { ListingsTeeFlags } from './flags.js';

/** `salvor listings tee`: stdout carries only the archive, so messages go to stderr. */
export async function teeListingCommand({ flags }: CommandInput<ListingsTeeFlags>): Promise<ExitCode> {
  if (flags.json) throw usageFailure('usage.invalid', 'tee has no --json: its stdout is the archive');
  requireStdout('the archive');
  const say = (message: string): void => {
    if (!flags.quiet) writeStderr(message);
  };
  return stoppable(say, async (signal) => {
    const onAbort = (): void => void process.stdin.destroy(new Error('stopped by a signal'));
    signal.addEventListener('abort', onAbort, { once: true });
    const summary = await teeArchive(
      {
        archive: basename(flags.listing).replace(LISTING_SUFFIX, ''),
        spanBytes: flags.span ?? DEFAULT_SPAN_BYTES,
        index: flags.index !== undefined,
        writer: `salvor ${version}`,
      },
      {
        source: process.stdin,
        pass: writeStdoutBytes,
        placement: () =>
          new DirectoryPlacement(resolve(flags.listing), resolve(flags.index ?? flags.listing)),
        decode: decodersFor(flags.maxMemory).decode,
      },
    );
    for (const { severity, code, message } of summary.findings) say(`${severity} ${code}: ${message}`);
    say(`${counted(summary.members, 'member')}, ${counted(summary.bytes_passed, 'byte')} copied`);
    return 0;
  });
}

/** Resolves when stdout accepts more data. @throws if the reader has closed it */
export async function writeStdoutBytes(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((done, fail) => {
    process.stdout.write(bytes, (error) => (error ? fail(error) : done()));
  });
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}
