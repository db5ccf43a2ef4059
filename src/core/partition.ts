/**
 * The partition of a key: the prefix and the first `depth` segments below it, with the slash behind them. A key with
 * fewer segments above its name belongs to those that it has, at depth 0 or right under the prefix to the prefix
 * itself.
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

/** As people call it: the segments without the slash at the end, `.` for the prefix itself. */
export function partitionName(partition: string, prefix: string): string {
  return partition.slice(prefix.length, -1) || '.';
}
