import { Failure } from '../../core/failure.js';
import { printable, printableText } from '../../core/printable.js';

/** Writes to stdout and waits until the reader has it. @throws Failure `output.failed` when stdout was closed. */
export function writeStdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null) resolve();
      else
        reject(
          new Failure('output.failed', `stdout was closed before the result was written: ${error.message}`),
        );
    });
  });
}

/** A failure for a person: code, what happened to what, what to do. */
export function failureText(failure: Failure, verbose: boolean): string {
  const lines = [`salvor: ${failure.code}: ${failure.message}`];
  if (failure.hint !== undefined) lines.push(`  hint: ${failure.hint}`);
  if (verbose && failure.cause !== undefined) lines.push(`  cause: ${causeText(failure.cause)}`);
  return `${lines.map(printable).join('\n')}\n`;
}

/** Talk, on stderr. */
export function writeStderr(message: string): void {
  process.stderr.write(`${printableText(message)}\n`);
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/** Anything thrown, as a Failure: what is not one already is a bug in Salvor, and says so. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new Failure('internal.error', `unexpected: ${reason}`, {
    cause: thrown,
    hint: 'this is a bug in salvor; run it again with --verbose and report what it prints',
  });
}

/** A failure under the names of `--json`. */
export function errorJson(failure: { code: string; message: string; hint?: string | undefined }) {
  return { code: failure.code, message: failure.message, hint: failure.hint ?? null };
}
