/** An invalid value in a header on which no content depends. */
export interface BadValue {
  /** The offset of its header in the uncompressed tar. */
  at: number;
  what: string;
}

/** How an archive ended: with two zero blocks, as required; with only one; or with none, like a truncated archive. */
export type TarEnd = 'complete' | 'one-block' | 'missing';

/** At most this many examples of invalid values are kept. */
const MAX_EXAMPLES = 5;

/** Facts about a tar other than its members. All offsets are in the uncompressed tar. */
export class TarReport {
  members = 0;
  badValues = 0;
  readonly badValueExamples: BadValue[] = [];
  /** How many times members followed the end of an archive. */
  concatenated = 0;
  concatenatedAt: number | undefined;
  /** The offset of a single zero block that is followed by members. */
  loneZeroBlockAt: number | undefined;
  /** The start of data after the end that is neither zeros nor a member. */
  trailingAt: number | undefined;
  trailingEnd = 0;
  /** Every byte is counted as one of these. The sum must be the length of the tar. */
  readonly bytes = { headers: 0, data: 0, padding: 0, zeros: 0, trailing: 0, skipped: 0 };

  badValue(at: number, what: string): void {
    this.badValues += 1;
    if (this.badValueExamples.length < MAX_EXAMPLES) this.badValueExamples.push({ at, what });
  }

  /** A copy that does not change with this one. */
  copy(): Omit<TarReport, 'badValue' | 'accountedBytes' | 'copy'> {
    return { ...this, badValueExamples: [...this.badValueExamples], bytes: { ...this.bytes } };
  }

  get accountedBytes(): number {
    const { headers, data, padding, zeros, trailing, skipped } = this.bytes;
    return headers + data + padding + zeros + trailing + skipped;
  }
}
