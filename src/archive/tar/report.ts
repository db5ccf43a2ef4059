/** A value in a header that cannot be read, and on which no content depends. */
export interface BadValue {
  /** Where in the uncompressed tar its header is. */
  at: number;
  what: string;
}

/** How an archive ended: two zero blocks as it must, only one, or none, which is what a cut archive looks like. */
export type TarEnd = 'complete' | 'one-block' | 'missing';

/** Examples of bad values that are kept. */
const MAX_EXAMPLES = 5;

/** What was seen of a tar besides its members. All positions are in the uncompressed tar. */
export class TarReport {
  members = 0;
  badValues = 0;
  readonly badValueExamples: BadValue[] = [];
  /** How many times members followed the end of an archive, and where the first of them begins. */
  concatenated = 0;
  concatenatedAt: number | undefined;
  /** A single zero block with members after it. */
  loneZeroBlockAt: number | undefined;
  /** Where something that is neither zeros nor a member follows the end, up to the last byte that is not zero. */
  trailingAt: number | undefined;
  trailingEnd = 0;
  /** Every byte is counted as one of these; together they must be the length of the tar. */
  readonly bytes = { headers: 0, data: 0, padding: 0, zeros: 0, trailing: 0 };

  badValue(at: number, what: string): void {
    this.badValues += 1;
    if (this.badValueExamples.length < MAX_EXAMPLES) this.badValueExamples.push({ at, what });
  }

  get accountedBytes(): number {
    const { headers, data, padding, zeros, trailing } = this.bytes;
    return headers + data + padding + zeros + trailing;
  }
}
