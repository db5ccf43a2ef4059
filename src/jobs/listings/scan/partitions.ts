import { Failure } from '../../../core/failure.js';
import { partitionName, partitionPrefix } from '../../../core/partition.js';
import { SeriesTable } from '../report/series-table.js';
import { Tally } from '../report/tally.js';

/**
 * No installation has this many hosts, so a prefix with more has something else at its first level. Limits memory to
 * about 20 MB.
 */
const MAX_PARTITIONS = 10_000;

export interface Partition {
  /** The prefix of every key in the partition; ends with a slash, or is empty. */
  readonly prefix: string;
  readonly name: string;
  readonly tally: Tally;
  readonly series: SeriesTable;
}

/** The partitions of one target, found as their keys come. */
export class Partitions {
  readonly #byPrefix = new Map<string, Partition>();
  readonly #prefix: string;
  readonly #depth: number;
  readonly #seriesBudget = { left: SeriesTable.MAX_SERIES };
  #last: Partition | undefined;

  constructor(prefix: string, depth: number) {
    this.#prefix = prefix;
    this.#depth = depth;
  }

  /** @throws Failure `listings.too_many_partitions` */
  of(key: string): Partition {
    // Keys come in order, so nearly every one is in the partition of the key before.
    if (this.#last !== undefined && key.startsWith(this.#last.prefix)) return this.#last;
    const prefix = partitionPrefix(key, this.#prefix, this.#depth);
    const partition = this.at(prefix);
    this.#last = this.#isFull(partition) ? partition : undefined;
    return partition;
  }

  /** The partition with exactly this prefix. @throws Failure `listings.too_many_partitions` */
  at(prefix: string): Partition {
    return this.#byPrefix.get(prefix) ?? this.#create(prefix);
  }

  /** Sorted by prefix. */
  all(): Partition[] {
    return [...this.#byPrefix.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  }

  /** Whether there were too many series, so that archives share the last line of the series table. */
  get seriesOverflowed(): boolean {
    return this.#seriesBudget.left < 0;
  }

  /** Whether no other partition can be below this one. */
  #isFull(partition: Partition): boolean {
    const segments = partition.prefix.slice(this.#prefix.length).split('/').length - 1;
    return segments === this.#depth;
  }

  #create(prefix: string): Partition {
    if (this.#byPrefix.size === MAX_PARTITIONS) {
      throw new Failure('listings.too_many_partitions', `there are more than ${MAX_PARTITIONS} partitions`, {
        hint: 'use a smaller --partition-depth, or one url per part',
      });
    }
    // Copied, because a slice of a key would keep its whole page in memory.
    const own = Buffer.from(prefix).toString();
    const partition = {
      prefix: own,
      name: partitionName(own, this.#prefix),
      tally: new Tally(),
      series: new SeriesTable(this.#seriesBudget),
    };
    this.#byPrefix.set(own, partition);
    return partition;
  }
}
