import { type ExitCode, usageFailure } from '../../core/failure.js';
import { printable } from '../../core/printable.js';
import { formatSize } from '../../core/sizes.js';
import { decodersFor } from '../../decompress/decode.js';
import { type RestoreSummary, restore } from '../../jobs/indexing/restore.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import { parseArchive, Stores } from '../listings/archive-refs.js';
import { writeStdoutBytes } from '../listings/tee.js';
import { stoppable } from '../signals.js';
import { printAnswer } from '../terminal/command-result.js';
import { writeStderr } from '../terminal/output.js';
import { storeSettings } from '../wiring/stores.js';
import type { RestoreFlags } from './flags.js';

/** `salvor restore` behind its flags. */
export async function restoreMemberCommand(input: CommandInput<RestoreFlags>): Promise<ExitCode> {
  const { flags, args } = input;
  const [archive = '', member = ''] = args;
  if (flags.output === '-' && flags.json) {
    throw usageFailure('usage.invalid', '--json and -o - both want stdout', 'write the member to a file');
  }
  const { config } = loadConfig(flags.config);
  const { storeUrl, key } = parseArchive(archive);
  const store = new Stores(storeSettings(flags, config.s3)).reader(storeUrl);
  const say = (message: string): void => {
    if (!flags.quiet) writeStderr(message);
  };
  return stoppable(say, async (signal) => {
    const summary = await restore(
      { store, key },
      {
        member,
        output: flags.output,
        stream: flags.stream === true,
        occurrence: flags.occurrence,
        allowUnverified: flags.allowUnverified === true,
      },
      { ...decodersFor(flags.maxMemory), stdout: writeStdoutBytes, signal },
    );
    for (const { severity, code, message } of summary.findings)
      say(`${severity} ${code}: ${printable(message)}`);
    if (summary.output !== null)
      return await printAnswer(input, { summary, scope: summary.archive, text: () => textOf(summary) });
    say(textOf(summary).trimEnd());
    return 0;
  });
}

function textOf(summary: RestoreSummary): string {
  const proof = {
    sha256: 'its digest',
    'container-checksum': 'the checksum of its container',
    none: 'nothing',
  };
  return (
    `${printable(summary.output ?? summary.member)}: ${formatSize(summary.size_bytes)}, verified by ${proof[summary.verified_by]}; ` +
    `${summary.method}, ${formatSize(summary.bytes_fetched)} fetched with ${summary.requests} requests\n`
  );
}
