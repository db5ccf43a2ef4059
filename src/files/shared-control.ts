/**
 * Memory shared by the reading threads: the stop flag and the common rate budget. Layout: Int32 at 0, the stop flag;
 * BigInt64 at 8, the time (ns) at which the budget is available again; BigInt64 at 16, the bytes read so far; BigInt64
 * at 24, the bytes per second for all threads together, or 0 for unlimited.
 */
const CONTROL_BYTES = 32;
const NS_PER_SECOND = 1_000_000_000n;
/** How much unused time may be caught up: long enough for a slow commit, too short for a noticeable burst. */
const CATCH_UP_NS = 250_000_000n;
/** A rate-limited reader makes at least this many reads per second, to run smoothly. */
const READS_PER_SECOND = 20;
const MIN_READ_BYTES = 4096;

export function createControl(bytesPerSecond?: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(CONTROL_BYTES);
  new BigInt64Array(buffer, 8, 1)[0] = process.hrtime.bigint();
  setRate(buffer, bytesPerSecond);
  return buffer;
}

/** Sets the rate for all threads together, starting with the next read; undefined means unlimited. */
export function setRate(control: SharedArrayBuffer, bytesPerSecond: number | undefined): void {
  const rate = bytesPerSecond === undefined ? 0n : BigInt(Math.max(1, Math.round(bytesPerSecond)));
  Atomics.store(new BigInt64Array(control, 24, 1), 0, rate);
}

/** Sets the flag and wakes every thread that is waiting for the budget. */
export function requestStop(control: SharedArrayBuffer): void {
  const flag = new Int32Array(control, 0, 1);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

export function bytesReadSoFar(control: SharedArrayBuffer): number {
  return Number(Atomics.load(new BigInt64Array(control, 16, 1), 0));
}

/** One thread's view of the shared state. */
export class ReadBudget {
  readonly #flag: Int32Array<SharedArrayBuffer>;
  readonly #credit: BigInt64Array<SharedArrayBuffer>;
  readonly #read: BigInt64Array<SharedArrayBuffer>;
  readonly #rate: BigInt64Array<SharedArrayBuffer>;

  constructor(control: SharedArrayBuffer) {
    this.#flag = new Int32Array(control, 0, 1);
    this.#credit = new BigInt64Array(control, 8, 1);
    this.#read = new BigInt64Array(control, 16, 1);
    this.#rate = new BigInt64Array(control, 24, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#flag, 0) !== 0;
  }

  /** How much to read per call with a buffer of this size. */
  chunkBytes(bufferBytes: number): number {
    const rate = Atomics.load(this.#rate, 0);
    if (rate === 0n) return bufferBytes;
    return Math.min(bufferBytes, Math.max(MIN_READ_BYTES, Math.floor(Number(rate) / READS_PER_SECOND)));
  }

  /** Blocks this thread until `bytes` may be read; returns early when asked to stop. */
  take(bytes: number): void {
    const rate = Atomics.load(this.#rate, 0);
    if (rate === 0n) return;
    const start = this.#reserve((BigInt(bytes) * NS_PER_SECOND) / rate);
    const waitNs = start - process.hrtime.bigint();
    if (waitNs > 0n) Atomics.wait(this.#flag, 0, 0, Number(waitNs) / 1e6);
  }

  /** Adds to the number of bytes read. */
  count(bytes: number): void {
    Atomics.add(this.#read, 0, BigInt(bytes));
  }

  #reserve(costNs: bigint): bigint {
    for (;;) {
      const credit = Atomics.load(this.#credit, 0);
      const earliest = process.hrtime.bigint() - CATCH_UP_NS;
      const start = credit > earliest ? credit : earliest;
      if (Atomics.compareExchange(this.#credit, 0, credit, start + costNs) === credit) return start;
    }
  }
}
