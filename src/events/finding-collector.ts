import { closeSync, openSync, writeSync } from 'node:fs';
import { Failure } from '../core/failure.js';
import type { Finding, Severity } from '../core/finding.js';
import type { Emit } from './event.js';

/** The findings of one severity, each with its position among all findings. */
interface Kept {
  fresh: { finding: Finding; at: number }[];
  known: { finding: Finding; at: number }[];
}

function nothing(): Kept {
  return { fresh: [], known: [] };
}

function inOrder(kept: Kept['known']): Kept['known'] {
  return kept.sort((a, b) => a.at - b.at);
}

/** Size, in characters, of the blocks in which findings are written to the file. */
const FILE_BLOCK = 1 << 16;

/**
 * Keeps up to `limit` findings, counts all of them, and writes all of them to an NDJSON file if one was requested.
 * Errors are kept before warnings, warnings before the rest, and within a severity new findings before known ones, each
 * in order of arrival. Many hints or old findings must not hide a new error.
 */
export class FindingCollector {
  readonly #kept: Record<Severity, Kept> = { error: nothing(), warning: nothing(), info: nothing() };
  total = 0;
  /** The number of errors by code. */
  readonly errors = new Map<string, number>();
  readonly #limit: number;
  readonly #file: { path: string; fd: number } | undefined;
  #block = '';

  /** @throws Failure `output.failed` when the file cannot be created */
  constructor(limit: number, path?: string) {
    this.#limit = limit;
    this.#file =
      path === undefined ? undefined : { path, fd: attempt(path, () => openSync(path, 'w', 0o640)) };
  }

  /** The most important ones, at most `limit`. */
  get kept(): Finding[] {
    const { error, warning, info } = this.#kept;
    return [error, warning, info]
      .flatMap(({ fresh, known }) => inOrder([...fresh, ...known].slice(0, this.#limit)))
      .slice(0, this.#limit)
      .map(({ finding }) => finding);
  }

  readonly emit: Emit = (event) => {
    if (event.type !== 'finding') return;
    this.total += 1;
    const { code, severity } = event.finding;
    if (severity === 'error') this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
    const { fresh, known } = this.#kept[event.finding.severity];
    const alike = event.finding.detail?.new === true ? fresh : known;
    if (alike.length < this.#limit) alike.push({ finding: event.finding, at: this.total });
    if (this.#file === undefined) return;
    this.#block += `${JSON.stringify(event.finding)}\n`;
    if (this.#block.length >= FILE_BLOCK) this.#flush(this.#file);
  };

  /** @throws Failure `output.failed` */
  close(): void {
    if (this.#file === undefined) return;
    this.#flush(this.#file);
    closeSync(this.#file.fd);
  }

  #flush(file: { path: string; fd: number }): void {
    const bytes = Buffer.from(this.#block);
    this.#block = '';
    attempt(file.path, () => {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(file.fd, bytes, offset);
    });
  }
}

function attempt<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('output.failed', `cannot write ${path}: ${reason}`, { cause });
  }
}
