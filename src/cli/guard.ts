import { writeSync } from 'node:fs';
import { asFailure, failureText } from './terminal/output.js';

/**
 * Whatever goes wrong outside of every try: one line on stderr and exit 3. Node's own answer (a stack trace and
 * exit 1) would read as "ran to the end, with findings".
 */
export function guardProcess(): void {
  const die = (thrown: unknown): void => {
    const verbose = process.argv.includes('--verbose');
    const failure = asFailure(thrown);
    try {
      writeSync(2, failureText(failure, verbose));
      if (verbose && thrown instanceof Error) writeSync(2, `${thrown.stack}\n`);
    } finally {
      process.exit(failure.exitCode === 1 ? 3 : failure.exitCode);
    }
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  // A reader that went away is told to the writer by its callback; without a listener it would be an exception.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}
