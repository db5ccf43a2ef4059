import { Failure } from '../../core/failure.js';
import { printable, printableText } from '../../core/printable.js';
import { hostTrouble, isStdoutClosed } from '../guard.js';
import { fitLines } from './fit-lines.js';

/** Writes to stdout and waits until the text is written. @throws Failure `output.failed` if stdout was closed */
export function writeStdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null) resolve();
      else
        reject(
          new Failure('output.failed', `stdout was closed before the result was written: ${error.message}`, {
            hint: 'keep stdout open, or redirect it to a file on a disk with free space',
          }),
        );
    });
  });
}

/** @throws Failure `output.failed` if stdout was closed before the program started, so that the output would be lost */
export function requireStdout(what: string): void {
  if (!isStdoutClosed()) return;
  throw new Failure('output.failed', `stdout is closed, so ${what} would be lost`, {
    hint: 'keep stdout open, or redirect it to a file; use `>/dev/null` to discard the result',
  });
}

/** Formats a failure as text: code, message, hint; if `verbose`, also its cause, and for a bug where in the sources it is. */
export function failureText(failure: Failure, verbose: boolean): string {
  const lines = [`salvor: ${failure.code}: ${failure.message}`];
  if (failure.hint !== undefined) lines.push(`  hint: ${failure.hint}`);
  if (verbose && failure.cause !== undefined) {
    const [cause = '', ...stack] = causeText(failure).split('\n');
    lines.push(`  cause: ${cause}`, ...stack.map((line) => `  ${line}`));
  }
  return `${fitLines(lines.map(printable).join('\n'), process.stderr.columns)}\n`;
}

/** Prints a message on stderr. */
export function writeStderr(message: string): void {
  process.stderr.write(`${fitLines(printableText(message), process.stderr.columns)}\n`);
}

function causeText({ code, cause }: Failure): string {
  if (!(cause instanceof Error)) return printable(String(cause));
  const isBug = code === 'internal.error';
  return isBug && cause.stack !== undefined ? cause.stack : printable(`${cause.name}: ${cause.message}`);
}

/** Turns any thrown value into a Failure; one that is not a Failure is reported as a bug in Salvor. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const trouble = hostTrouble(thrown);
  if (trouble !== undefined)
    return new Failure(trouble.code, trouble.message, { hint: trouble.hint, cause: thrown });
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new Failure('internal.error', `unexpected: ${reason}`, {
    cause: thrown,
    hint: 'this is a bug in salvor; run the command again with --verbose and report the output',
  });
}

/** A failure with the field names of `--json`. */
export function errorJson(failure: { code: string; message: string; hint?: string | undefined }) {
  return { code: failure.code, message: failure.message, hint: failure.hint ?? null };
}
