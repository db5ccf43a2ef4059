/**
 * The partition of a key: the prefix and the first `depth` segments below it, with the slash after them. A key with
 * fewer segments belongs to the partition of the segments that it has; at depth 0, or directly below the prefix, to the
 * prefix itself.
 */
export function partitionPrefix(key: string, prefix: string, depth: number): string {
  let end = prefix.length;
  for (let segments = 0; segments < depth; segments += 1) {
    const slash = key.indexOf('/', end);
    if (slash < 0) break;
    end = slash + 1;
  }
  return key.slice(0, end);
}

/** The display name: the segments without the slash at the end, or `.` for the prefix itself. */
export function partitionName(partition: string, prefix: string): string {
  return partition.slice(prefix.length, -1) || '.';
}
