import { formatDamage } from '../damage.js';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = 4;
const LONGEST_HEADER_BYTES = 18;
const SKIPPABLE_HEADER_BYTES = 8;

/** A complete frame. */
export interface ZstdFrame {
  /** Its position in the file. */
  start: number;
  end: number;
  /** Undefined if the frame does not say; 0 for skippable frames. */
  outputBytes: number | undefined;
  checksummed: boolean;
}

type State = 'magic' | 'skip-frame' | 'block-header' | 'block' | 'checksum' | 'trailing';

/**
 * Finds the frames of a zstd file (RFC 8878) by their block headers, without decoding, in pieces of any size. Other
 * data after the last frame is not an error: `trailing` says where it starts.
 * @throws Damage
 */
export class ZstdFrames {
  #state: State = 'magic';
  readonly #head = new Uint8Array(LONGEST_HEADER_BYTES);
  #headFilled = 0;
  #skip = 0;
  #at = 0;
  #start = 0;
  #outputBytes: number | undefined;
  #checksum = false;
  #lastBlock = false;
  #frames = 0;
  #trailingAt: number | undefined;
  readonly #onFrame: (frame: ZstdFrame) => void;
  readonly #onWindow: (bytes: number) => void;

  /** @param onWindow called with the memory in bytes that decoding a frame needs, once its header is read */
  constructor(onFrame: (frame: ZstdFrame) => void, onWindow: (bytes: number) => void = () => undefined) {
    this.#onFrame = onFrame;
    this.#onWindow = onWindow;
  }

  /** Data after the last frame. */
  get trailing(): { at: number; bytes: number } | undefined {
    if (this.#trailingAt === undefined) return undefined;
    return { at: this.#trailingAt, bytes: this.#at - this.#trailingAt };
  }

  /** Bytes up to this offset certainly belong to frames. */
  get certainTo(): number {
    const isOpen = this.#state === 'magic' && this.#skip === 0;
    return this.#trailingAt ?? (isOpen ? this.#at - this.#headFilled : this.#at);
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      if (this.#state === 'trailing') {
        this.#at += chunk.length - from;
        return;
      }
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, chunk.length - from);
        this.#skip -= count;
        this.#at += count;
        from += count;
        if (this.#skip === 0) this.#skipped();
        continue;
      }
      this.#head[this.#headFilled] = chunk[from] as number;
      this.#headFilled += 1;
      this.#at += 1;
      from += 1;
      if (this.#headFilled === this.#needed()) this.#header();
    }
  }

  /** @throws Damage if the file ends inside a frame */
  finish(): void {
    if (this.#state === 'trailing') return;
    const isOpen = this.#state === 'magic' && this.#frames > 0 && this.#headFilled > 0;
    if (isOpen && (this.#headFilled < MAGIC_BYTES || !this.#beginsFrame())) {
      this.#trailingAt = this.#at - this.#headFilled;
      return;
    }
    if (this.#frames === 0 || this.#state !== 'magic' || this.#headFilled > 0 || this.#skip > 0) {
      throw formatDamage('truncated', `the zstd file ends inside a frame, at byte ${this.#at}`);
    }
  }

  /** How many bytes of the header are needed to parse further. */
  #needed(): number {
    if (this.#state === 'block-header') return 3;
    if (this.#headFilled < 5) return 5;
    return isSkippable(this.#head) ? SKIPPABLE_HEADER_BYTES : 4 + frameHeaderBytes(this.#head[4] as number);
  }

  /** Whether the bytes so far may be the start of a frame. */
  #beginsFrame(): boolean {
    const magic = [0x28, 0xb5, 0x2f, 0xfd];
    const skippable = [undefined, 0x2a, 0x4d, 0x18];
    const head = this.#head.subarray(0, Math.min(4, this.#headFilled));
    return (
      head.every((byte, i) => byte === magic[i]) ||
      head.every((byte, i) => (i === 0 ? byte >> 4 === 5 : byte === skippable[i]))
    );
  }

  #header(): void {
    if (this.#state === 'magic' && this.#frames > 0 && !this.#beginsFrame()) {
      this.#trailingAt = this.#at - this.#headFilled;
      this.#state = 'trailing';
      return;
    }
    if (this.#state === 'block-header') this.#blockHeader();
    else if (this.#headFilled >= this.#needed()) this.#frameHeader();
  }

  #frameHeader(): void {
    const head = this.#head;
    this.#start = this.#at - this.#headFilled;
    const view = new DataView(head.buffer);
    if (isSkippable(head)) {
      this.#outputBytes = 0;
      this.#checksum = true;
      this.#begin('skip-frame', view.getUint32(4, true));
      return;
    }
    if (view.getUint32(0, true) !== MAGIC) throw formatDamage('corrupt', 'the data is not a zstd frame');
    const descriptor = head[4] as number;
    this.#checksum = (descriptor & 4) !== 0;
    this.#outputBytes = contentSize(view, descriptor);
    this.#onWindow(windowBytes(head, descriptor, this.#outputBytes));
    this.#begin('block-header', 0);
  }

  #blockHeader(): void {
    const value =
      (this.#head[0] as number) | ((this.#head[1] as number) << 8) | ((this.#head[2] as number) << 16);
    const type = (value >> 1) & 3;
    if (type === 3) throw formatDamage('corrupt', 'a zstd block has a reserved type');
    this.#lastBlock = (value & 1) === 1;
    this.#begin('block', type === 1 ? 1 : value >>> 3);
  }

  #begin(state: State, skip: number): void {
    this.#state = state;
    this.#headFilled = 0;
    this.#skip = skip;
    if (skip === 0 && state !== 'block-header') this.#skipped();
  }

  #skipped(): void {
    if (this.#state === 'block' && !this.#lastBlock) this.#begin('block-header', 0);
    else if (this.#state === 'block' && this.#checksum) this.#begin('checksum', 4);
    else this.#frameEnd();
  }

  #frameEnd(): void {
    this.#frames += 1;
    this.#state = 'magic';
    this.#headFilled = 0;
    const start = this.#start;
    const end = this.#at;
    const outputBytes = this.#outputBytes;
    const checksummed = this.#checksum;
    this.#onFrame({ start, end, outputBytes, checksummed });
  }
}

function isSkippable(head: Uint8Array): boolean {
  return (new DataView(head.buffer).getUint32(0, true) & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;
}

/** RFC 8878, 3.1.1.1.2: the window size of the frame. For a single segment, it is the content size. */
function windowBytes(head: Uint8Array, descriptor: number, contentBytes: number | undefined): number {
  if ((descriptor & 0x20) !== 0) return contentBytes ?? 0;
  const byte = head[5] as number;
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

function contentSizeBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  return flag === 0 ? (descriptor >> 5) & 1 : 1 << flag;
}

/** The length of descriptor, window descriptor, dictionary id, and content size. */
function frameHeaderBytes(descriptor: number): number {
  const windowBytes = (descriptor & 0x20) === 0 ? 1 : 0;
  return 1 + windowBytes + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + contentSizeBytes(descriptor);
}

function contentSize(view: DataView, descriptor: number): number | undefined {
  const bytes = contentSizeBytes(descriptor);
  if (bytes === 0) return undefined;
  const at = 4 + frameHeaderBytes(descriptor) - bytes;
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  const size = view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
  if (!Number.isSafeInteger(size)) throw formatDamage('corrupt', 'a zstd frame has an impossible size');
  return size;
}
