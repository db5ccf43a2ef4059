import type { Clock } from '../../core/clock.js';
import type { Emit } from '../../events/event.js';
import { FindingCollector } from '../../events/finding-collector.js';
import { progressReporter } from '../../events/progress-reporter.js';
import type { GlobalOptions } from '../globals.js';
import { writeStderr } from '../terminal/output.js';
import { type Style, stdoutStyle } from '../terminal/style.js';

/** Findings shown on a terminal by default; --findings and the registry have all of them. */
const TEXT_FINDINGS = 50;
/** Findings in --json by default. */
const JSON_FINDINGS = 10_000;

/** The console of a job: collects findings for the result, and prints notes and progress on stderr. */
export interface JobConsole {
  emit: Emit;
  say(message: string): void;
  collector: FindingCollector;
  style: Style;
  /** Whether this warning was already printed on the terminal, so that the result need not repeat it. */
  isOnTerminal(message: string): boolean;
  /** Clears the progress line; must be called before anything else is printed. */
  clearProgress(): void;
}

export function consoleFor(flags: GlobalOptions, clock: Clock): JobConsole {
  const collector = new FindingCollector(
    flags.maxFindings ?? (flags.json ? JSON_FINDINGS : TEXT_FINDINGS),
    flags.findings,
  );
  const draws = process.stderr.isTTY === true && flags.progress && !flags.quiet;
  const progress = draws ? progressReporter(process.stderr, clock) : undefined;
  const say = (message: string): void => {
    progress?.clear();
    if (!flags.quiet) writeStderr(`salvor: ${message}`);
  };
  const sharesTerminal = process.stdout.isTTY === true && process.stderr.isTTY === true && !flags.quiet;
  const warned = new Set<string>();
  const emit: Emit = (event) => {
    collector.emit(event);
    progress?.emit(event);
    if (event.type === 'note' && (event.level === 'warning' || flags.verbose)) {
      say(event.message);
      if (sharesTerminal && warned.size < TEXT_FINDINGS) warned.add(event.message);
    }
  };
  return {
    emit,
    say,
    collector,
    style: stdoutStyle({ color: flags.color && !flags.json }),
    isOnTerminal: (message) => warned.has(message),
    clearProgress: () => progress?.clear(),
  };
}
