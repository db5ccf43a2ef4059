/** Messages of archivers and their filters on stderr, which `2>&1` mixed into the listing. */
const MESSAGE =
  /^(?:[\w./-]*(?:tar|cpio|gzip|zstd|xz|pigz|bzip2|pax|unzip|7z|busybox|bash|sh)): .*[:'. ]|^pax: \S+ vol \d|^tar: \S|^\d+ blocks?$|^Total bytes (?:read|written|deleted): |^block \d+: \*\* (?:Block of NULs|End of File) \*\*$/;

/** Whether a line is a program's message that `2>&1` mixed into the listing. */
export function isProgramMessage(line: string): boolean {
  return MESSAGE.test(line);
}

/** Headings and totals in listings with columns. */
const FURNITURE = [
  /^#/,
  /^[-= ]+$/,
  /^Archive: /,
  /^Archive Format: /,
  /^Zip file size: \d+ bytes, number of entries: /,
  /^There is no zipfile comment/,
  /^ *Length .*Name$/,
  /^ *Date +Time +Attr +Size +Compressed +Name$/,
  // Totals of unzip, zipinfo and 7z.
  /^ *\d+ +(?:\d+ +-?\d+% +)?\d+ files?$/,
  /^\d+ files?, \d+ bytes/,
  /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)? +\d+ +\d* +\d+ files?(?:, \d+ folders?)?$/,
  /^7-Zip |^p7zip |^Scanning the drive|^\d+ files?, |^Listing archive: |^-+$/,
  /^(?:Path|Type|Physical Size|Headers Size|Method|Solid|Blocks|Code Page|Characteristics|Offset|Comment|Warnings|Errors|Size|Packed Size|Modified|Attributes|CRC|Encrypted|Block) = /,
];

/** Whether a line is a heading, a total, or another line without a member in a listing with columns. */
export function isFurniture(line: string): boolean {
  return line.trim() === '' || isProgramMessage(line) || FURNITURE.some((pattern) => pattern.test(line));
}
