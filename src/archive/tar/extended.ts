import { counted } from '../../core/pluralize.js';
import { formatDamage } from '../damage.js';
import { MAX_NAME_BYTES } from '../names.js';
import { BLOCK_BYTES, type OnBadValue, type RawHeader } from './header.js';
import { PaxRecords, readPax } from './pax.js';

/**
 * Larger extended headers are rejected before they are collected. Real ones contain names and attributes; a resource
 * fork of macOS is an attribute of many megabytes.
 */
const MAX_EXTENDED_BYTES = 64 * 1024 * 1024;
/** A buffer that has grown beyond this is not kept for the next header. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const MAX_GLOBALS = 10_000;

/** Whether a header of this type describes the next member or all following members. */
export function isExtendedType(type: string): boolean {
  return 'xgXLK'.includes(type);
}

/** Collects the extended headers before a member: PAX records and GNU long names. */
export class ExtendedCollector {
  globals = new PaxRecords();
  pax: PaxRecords | undefined;
  longName: Uint8Array | undefined;
  longLink: Uint8Array | undefined;
  /** Remaining bytes of the current header. */
  remaining = 0;
  #type = '';
  #bytes = new Uint8Array(0);
  #filled = 0;

  /** @throws Damage if it is too large */
  begin(raw: RawHeader): void {
    const limit = raw.type === 'L' || raw.type === 'K' ? MAX_NAME_BYTES + 1 : MAX_EXTENDED_BYTES;
    if (raw.sizeBytes > limit)
      throw formatDamage('limit', `an extended header is too large (${counted(raw.sizeBytes, 'byte')})`);
    this.#type = raw.type;
    this.#filled = 0;
    this.remaining = raw.sizeBytes;
  }

  take(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > this.#bytes.length) this.#grow(this.#filled + bytes.length);
    this.#bytes.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.remaining -= bytes.length;
  }

  /** Parses the complete header. @throws Damage */
  end(onBadValue: OnBadValue): void {
    const body = this.#bytes.subarray(0, this.#filled);
    if (this.#type === 'L') this.longName = untilNul(body);
    else if (this.#type === 'K') this.longLink = untilNul(body);
    else if (this.#type === 'g') readPax(body, this.globals, onBadValue);
    else this.pax = readPax(body, this.pax, onBadValue);
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = new Uint8Array(0);
    if (this.globals.size > MAX_GLOBALS) throw formatDamage('limit', 'too many global PAX records');
  }

  /** Whether a member must follow what was collected. */
  get waiting(): boolean {
    return this.pax !== undefined || this.longName !== undefined || this.longLink !== undefined;
  }

  /** Discards what was collected, when its member has begun. */
  reset(): void {
    this.pax = undefined;
    this.longName = undefined;
    this.longLink = undefined;
  }

  /** Grows with the received bytes, not with the size that the header claims. */
  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2, BLOCK_BYTES));
    grown.set(this.#bytes.subarray(0, this.#filled));
    this.#bytes = grown;
  }
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0);
  return bytes.slice(0, nul < 0 ? bytes.length : nul);
}
