import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeName } from '../../archive/names.js';
import { combineExitCodes, type ExitCode, type Failure, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { printable } from '../../core/printable.js';
import { formatSize } from '../../core/sizes.js';
import { decodersFor } from '../../decompress/decode.js';
import type { ArchiveRef } from '../../jobs/indexing/archive-ref.js';
import { type RestorePorts, type RestoreSummary, restore } from '../../jobs/indexing/restore/restore.js';
import { restoreMany } from '../../jobs/indexing/restore/restore-many.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import { parseArchive, Stores } from '../listings/archive-refs.js';
import { writeStdoutBytes } from '../listings/tee.js';
import { stoppable } from '../signals.js';
import { printAnswer } from '../terminal/command-result.js';
import { writeStderr } from '../terminal/output.js';
import { storeSettings } from '../wiring/stores.js';
import type { RestoreFlags } from './flags.js';
import { listMembersCommand } from './restore-list.js';

type Input = CommandInput<RestoreFlags>;

/** `salvor restore`. */
export async function restoreMemberCommand(input: Input): Promise<ExitCode> {
  const { flags, args } = input;
  const [archive = '', ...typed] = args.flat();
  const members = flags.nameBytes === undefined ? typed : [...typed, decodeName(flags.nameBytes)];
  checkUsage(flags, members);
  const { config } = loadConfig(flags.config);
  const { storeUrl, key } = parseArchive(archive);
  const ref = { store: new Stores(storeSettings(flags, config.s3)).reader(storeUrl), key };
  const say = (message: string): void => {
    if (!flags.quiet) writeStderr(message);
  };
  return stoppable(say, async (signal) => {
    const ports = {
      ...decodersFor(flags.maxMemory),
      ...(flags.maxHoles === undefined ? {} : { maxHoleBytes: flags.maxHoles }),
      stdout: writeStdoutBytes,
      signal,
    };
    if (flags.list === true) return listMembersCommand(input, ref, members, ports);
    if (flags.directory !== undefined) return severalCommand(input, ref, members, ports);
    const summary = await restore(
      ref,
      { member: members[0] ?? '', output: flags.output, ...optionsOf(flags) },
      ports,
    );
    sayFindings(summary, say);
    if (summary.output !== null)
      return await printAnswer(input, { summary, scope: summary.archive, text: () => textOf(summary) });
    say(textOf(summary).trimEnd());
    return 0;
  });
}

function checkUsage(flags: Input['flags'], members: readonly string[]): void {
  if (flags.output === '-' && flags.json)
    throw usageFailure('usage.invalid', '--json and -o - both write to stdout', 'write the member to a file');
  if (flags.list === true) return;
  if (members.length === 0)
    throw usageFailure('usage.invalid', 'no member was given', 'list the members with --list');
  const isSeveral = flags.directory !== undefined;
  if (!isSeveral && members.length > 1)
    throw usageFailure(
      'usage.invalid',
      `${counted(members.length, 'member needs', 'members need')} a directory`,
      'add -C DIR',
    );
  if (isSeveral && flags.output !== undefined)
    throw usageFailure(
      'usage.invalid',
      '-o and -C cannot be combined',
      'use -o for one file, or -C for many',
    );
  if (isSeveral && flags.occurrence !== undefined)
    throw usageFailure('usage.invalid', '--occurrence selects a single member', 'remove -C');
  if (isSeveral && statSync(flags.directory ?? '', { throwIfNoEntry: false })?.isDirectory() !== true)
    throw usageFailure('usage.invalid', `${flags.directory} is not a directory`, 'create it first');
}

function optionsOf(flags: RestoreFlags) {
  return {
    stream: flags.stream === true,
    occurrence: flags.occurrence,
    allowUnverified: flags.allowUnverified === true,
  };
}

async function severalCommand(
  input: Input,
  archive: ArchiveRef,
  members: readonly string[],
  ports: RestorePorts,
): Promise<ExitCode> {
  const { flags } = input;
  const directory = resolve(flags.directory ?? '.');
  const { restored, failed } = await restoreMany(archive, { ...optionsOf(flags), members, directory }, ports);
  const summary = {
    archive: archive.store.urlOf(archive.key),
    directory,
    restored: restored.length,
    failed: failed.length,
    size_bytes: restored.reduce((sum, one) => sum + one.size_bytes, 0),
    members: restored,
  };
  const findings = failed.map(({ member, failure }) => findingOf(member, failure));
  const exitCode = combineExitCodes([0, ...failed.map(({ failure }) => failure.exitCode)]);
  const text = (): string =>
    [
      ...restored.map(textOf),
      ...findings.map(({ code, message }) => `error ${code}: ${printable(message)}\n`),
      `${counted(restored.length, 'member')} restored, ${failed.length} failed\n`,
    ].join('');
  return await printAnswer(input, { summary, findings, exitCode, scope: summary.archive, text });
}

function findingOf(subject: string, { code, message }: Failure) {
  return { code, severity: 'error' as const, subject, message };
}

function sayFindings(summary: RestoreSummary, say: (message: string) => void): void {
  for (const { severity, code, message } of summary.findings)
    say(`${severity} ${code}: ${printable(message)}`);
}

function textOf(summary: RestoreSummary): string {
  const proof = {
    sha256: 'its digest',
    'container-checksum': 'the checksum of its container',
    none: 'nothing',
  };
  return (
    `${printable(summary.output ?? summary.member)}: ${formatSize(summary.size_bytes)}, verified by ${proof[summary.verified_by]}; ` +
    `${summary.method}, ${formatSize(summary.bytes_fetched)} fetched with ${counted(summary.requests, 'request')}\n`
  );
}
