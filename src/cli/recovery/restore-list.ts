import { encodeName } from '../../archive/names.js';
import type { Decode } from '../../archive/read-archive.js';
import { quoteMemberName } from '../../archive/tar/line.js';
import type { ExitCode } from '../../core/failure.js';
import { GlobSet } from '../../core/glob-set.js';
import { counted, number } from '../../core/pluralize.js';
import type { ArchiveRef } from '../../jobs/indexing/archive-ref.js';
import { memberGlob } from '../../jobs/indexing/restore/member-glob.js';
import { type ListedMember, listMembers } from '../../jobs/indexing/restore/member-list.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer } from '../terminal/command-result.js';
import { writeStderr, writeStdout } from '../terminal/output.js';
import type { RestoreFlags } from './flags.js';

/** Limit on members in `--json`, which is a single document. */
const MAX_JSON_MEMBERS = 100_000;
const LINES_AT_ONCE = 1000;

/** `salvor restore --list`: the members of an archive, by its index, its listing, or with `--stream` by itself. */
export async function listMembersCommand(
  input: CommandInput<RestoreFlags>,
  archive: ArchiveRef,
  patterns: readonly string[],
  { decode, signal }: { decode: Decode; signal: AbortSignal },
): Promise<ExitCode> {
  const matches = matcherOf(patterns);
  const list = await listMembers(archive, { scan: input.flags.stream === true ? decode : undefined, signal });
  const members: ReturnType<typeof jsonOf>[] = [];
  let lines: string[] = [];
  let total = 0;
  let matched = 0;
  for await (const member of list.members) {
    total += 1;
    if (!matches(member.name)) continue;
    matched += 1;
    if (input.flags.json) {
      if (members.length < MAX_JSON_MEMBERS) members.push(jsonOf(member));
      continue;
    }
    lines.push(lineOf(member));
    if (lines.length < LINES_AT_ONCE) continue;
    await writeStdout(lines.join(''));
    lines = [];
  }
  const findings = list.findings();
  // Of a damaged archive, members may be missing.
  const exitCode = matched === 0 || findings.some(({ severity }) => severity === 'error') ? 1 : 0;
  if (input.flags.json) {
    const summary = {
      archive: archive.store.urlOf(archive.key),
      source: list.source,
      members_total: total,
      matched,
      members_left_out: matched - members.length,
      members,
    };
    return printAnswer(input, { summary, findings, exitCode, scope: summary.archive, text: () => '' });
  }
  await writeStdout(lines.join(''));
  for (const { severity, code, message } of findings) writeStderr(`${severity} ${code}: ${message}`);
  if (!input.flags.quiet)
    writeStderr(`${number(matched)} of ${counted(total, 'member')}, from the ${list.source}`);
  return exitCode;
}

function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => true;
  const set = new GlobSet(patterns.map(memberGlob));
  const literal = new Set(patterns);
  return (name) => set.matches(name) || literal.has(name);
}

/** A line like that of `tar -tvf`; the name can be passed to `restore` as printed. */
function lineOf({ kind, sizeBytes, mtime, name, linkName }: ListedMember): string {
  const link = linkName === undefined ? '' : ` -> ${quoteMemberName(linkName)}`;
  return `${kind.padEnd(9)} ${String(sizeBytes ?? '').padStart(14)}  ${(mtime ?? '').padEnd(16)}  ${quoteMemberName(name)}${link}\n`;
}

function jsonOf({ name, kind, sizeBytes, mtime, sha256, linkName }: ListedMember) {
  const isText = /\p{Cs}/u.test(name) === false;
  return {
    name,
    ...(isText ? {} : { name_bytes: Buffer.from(encodeName(name)).toString('hex') }),
    kind,
    size_bytes: sizeBytes ?? null,
    mtime: mtime ?? null,
    sha256: sha256 ?? null,
    link_target: linkName ?? null,
  };
}
