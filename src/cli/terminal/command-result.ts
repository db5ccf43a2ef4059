import { hostname } from 'node:os';
import type { ExitCode } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { statusOfExit } from '../../core/outcome.js';
import { printableText } from '../../core/printable.js';
import { openRegistry, type Registry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import { registrySettings, stateUrl } from '../wiring/registry-url.js';
import { writeEnvelope } from './envelope.js';
import { fitLines } from './fit-lines.js';
import { printPaged } from './pager.js';
import { type Style, stdoutStyle } from './style.js';

/** The result of a command that is not a job: data for `--json`, text for people. */
export interface Answer {
  summary: object;
  text(style: Style): string;
  /** Set if the text is to be copied or compared as it is (a unit, a file's content): its lines are never broken. */
  isVerbatim?: boolean;
  findings?: readonly Finding[];
  exitCode?: ExitCode;
  scope?: string;
}

/** Prints a result in the format that the flags select, and returns its exit code. */
export async function printAnswer(input: CommandInput, answer: Answer): Promise<ExitCode> {
  const { flags, command } = input;
  const exitCode = answer.exitCode ?? 0;
  if (!flags.json) {
    const style = stdoutStyle(flags);
    const text = printableText(answer.text(style));
    await printPaged(answer.isVerbatim === true ? text : fitLines(text, style.columns), flags);
    return exitCode;
  }
  const now = new Date();
  const findings = answer.findings ?? [];
  const limit = flags.maxFindings ?? 10_000;
  await writeEnvelope({
    command,
    runId: null,
    host: hostname(),
    scope: answer.scope ?? '',
    startedAt: now,
    finishedAt: now,
    status: statusOfExit(exitCode),
    exitCode,
    summary: answer.summary,
    findings: findings.slice(0, limit),
    findingsTotal: findings.length,
  });
  return exitCode;
}

/** Opens the registry for a command that reads it or makes a decision, and always closes it. */
export async function withRegistry<T>(
  input: CommandInput,
  work: (registry: Registry, loaded: LoadedConfig) => Promise<T>,
): Promise<T> {
  const loaded = loadConfig(input.flags.config);
  const registry = await openRegistry(
    stateUrl(input.flags.registry, loaded.config),
    registrySettings(loaded.config),
  );
  try {
    return await work(registry, loaded);
  } finally {
    await registry.close();
  }
}
