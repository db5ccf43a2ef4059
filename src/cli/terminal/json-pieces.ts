/** Longer lists are written item by item. */
const MAX_ITEMS = 500;
/** Lists in a document are not deeper than this. */
const MAX_DEPTH = 4;
/** About how much is written at once. */
const PIECE_CHARACTERS = 64 * 1024;

/** The text of `JSON.stringify(value, null, 2)` in pieces, so that a long list is never one string. */
export function* jsonPieces(value: unknown): Generator<string> {
  let piece = '';
  for (const part of partsOf(value, '')) {
    piece += part;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function* partsOf(value: unknown, indent: string): Generator<string> {
  if (!hasLongList(value, MAX_DEPTH)) {
    yield JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
    return;
  }
  const inner = `${indent}  `;
  let separator = '';
  if (Array.isArray(value)) {
    yield '[';
    for (const item of value) {
      yield `${separator}\n${inner}`;
      yield* partsOf(item === undefined ? null : item, inner);
      separator = ',';
    }
    yield `\n${indent}]`;
    return;
  }
  yield '{';
  for (const [name, own] of Object.entries(value as object)) {
    if (own === undefined) continue;
    yield `${separator}\n${inner}${JSON.stringify(name)}: `;
    yield* partsOf(own, inner);
    separator = ',';
  }
  yield `\n${indent}}`;
}

function hasLongList(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  if (Array.isArray(value)) return value.length > MAX_ITEMS;
  return Object.values(value).some((own) => hasLongList(own, depth - 1));
}
