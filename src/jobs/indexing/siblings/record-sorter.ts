import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Memory for records before they are sorted and spilled to disk. */
const DEFAULT_ARENA_BYTES = 16 * 1024 * 1024;
const READ_BYTES = 262_144;
const HEAD_BYTES = 8;

export interface SortedRecord {
  key: Uint8Array;
  value: Uint8Array;
}

/**
 * Sorts any number of records by key in constant memory: sorted runs are spilled to unlinked temporary files and
 * merged. The sort is stable.
 */
export class RecordSorter {
  /** Total size of all keys and values. */
  totalBytes = 0;
  count = 0;
  #arena: Buffer;
  #filled = 0;
  #starts: number[] = [];
  readonly #runs: number[] = [];
  readonly #directory: string;
  readonly #arenaBytes: number;

  constructor(directory: string, arenaBytes: number = DEFAULT_ARENA_BYTES) {
    this.#directory = directory;
    this.#arenaBytes = arenaBytes;
    this.#arena = Buffer.allocUnsafe(Math.min(arenaBytes, 65_536));
  }

  add(key: Uint8Array, value: Uint8Array): void {
    const needed = HEAD_BYTES + key.length + value.length;
    if (this.#filled > 0 && this.#filled + needed > this.#arenaBytes) this.#spill();
    if (this.#filled + needed > this.#arena.length) this.#grow(this.#filled + needed);
    this.#starts.push(this.#filled);
    this.#arena.writeUInt32LE(key.length, this.#filled);
    this.#arena.writeUInt32LE(value.length, this.#filled + 4);
    this.#arena.set(key, this.#filled + HEAD_BYTES);
    this.#arena.set(value, this.#filled + HEAD_BYTES + key.length);
    this.#filled += needed;
    this.count += 1;
    this.totalBytes += key.length + value.length;
  }

  /** All records in order. Can be called only once. */
  *sorted(): Generator<SortedRecord> {
    this.#sortArena();
    if (this.#runs.length === 0) {
      for (const start of this.#starts) yield recordAt(this.#arena, start);
      return;
    }
    this.#spill();
    this.#arena = Buffer.alloc(0);
    yield* merge(this.#runs.map(readRun));
  }

  /** Closes the temporary files. */
  close(): void {
    for (const run of this.#runs) closeSync(run);
    this.#runs.length = 0;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(this.#arena.length * 2, this.#arenaBytes)));
    this.#arena.copy(grown, 0, 0, this.#filled);
    this.#arena = grown;
  }

  #sortArena(): void {
    const arena = this.#arena;
    const keyOf = (start: number): [number, number] => [
      start + HEAD_BYTES,
      start + HEAD_BYTES + arena.readUInt32LE(start),
    ];
    this.#starts.sort((a, b) => {
      const [aStart, aEnd] = keyOf(a);
      const [bStart, bEnd] = keyOf(b);
      return arena.compare(arena, bStart, bEnd, aStart, aEnd);
    });
  }

  #spill(): void {
    this.#sortArena();
    const path = join(this.#directory, `run-${randomUUID()}`);
    const file = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    this.#runs.push(file);
    const out = Buffer.allocUnsafe(READ_BYTES);
    let used = 0;
    for (const start of this.#starts) {
      const end = start + HEAD_BYTES + this.#arena.readUInt32LE(start) + this.#arena.readUInt32LE(start + 4);
      if (used + end - start > out.length) {
        writeAll(file, out.subarray(0, used));
        used = 0;
      }
      if (end - start > out.length) writeAll(file, this.#arena.subarray(start, end));
      else used += this.#arena.copy(out, used, start, end);
    }
    writeAll(file, out.subarray(0, used));
    this.#starts = [];
    this.#filled = 0;
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function recordAt(bytes: Buffer, at: number): SortedRecord {
  const keyEnd = at + HEAD_BYTES + bytes.readUInt32LE(at);
  return {
    key: bytes.subarray(at + HEAD_BYTES, keyEnd),
    value: bytes.subarray(keyEnd, keyEnd + bytes.readUInt32LE(at + 4)),
  };
}

function* readRun(file: number): Generator<SortedRecord> {
  let position = 0;
  let buffer: Buffer = Buffer.alloc(0);
  let at = 0;
  const fill = (needed: number): boolean => {
    if (buffer.length - at >= needed) return true;
    const next = Buffer.allocUnsafe(Math.max(READ_BYTES, needed));
    let filled = buffer.copy(next, 0, at);
    while (filled < next.length) {
      const count = readSync(file, next, filled, next.length - filled, position);
      if (count === 0) break;
      filled += count;
      position += count;
    }
    buffer = next.subarray(0, filled);
    at = 0;
    return filled >= needed;
  };
  while (fill(HEAD_BYTES)) {
    const length = HEAD_BYTES + buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4);
    if (!fill(length)) throw new Error('a temporary file of the sorter was truncated');
    yield recordAt(buffer, at);
    at += length;
  }
}

/** Merges sorted runs. For equal keys, records of earlier runs come first. */
function* merge(runs: Generator<SortedRecord>[]): Generator<SortedRecord> {
  const heads = runs.map((run) => run.next());
  for (;;) {
    let least = -1;
    let leastKey: Uint8Array | undefined;
    for (let i = 0; i < heads.length; i += 1) {
      const head = heads[i];
      if (head === undefined || head.done) continue;
      if (leastKey === undefined || Buffer.compare(head.value.key, leastKey) < 0) {
        least = i;
        leastKey = head.value.key;
      }
    }
    const head = heads[least];
    const run = runs[least];
    if (head === undefined || head.done || run === undefined) return;
    yield head.value;
    heads[least] = run.next();
  }
}
