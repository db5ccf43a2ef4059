import { Buffer } from 'node:buffer';
import { type IndexedMember, memberKey } from '../../../archive/index/member.js';

/** One difference between an index and its archive. */
export interface IndexDifference {
  name: string;
  what: string;
}

/** Compares two member tables, both sorted by key. */
export async function* compareMembers(
  expected: AsyncGenerator<IndexedMember>,
  actual: AsyncGenerator<IndexedMember>,
): AsyncGenerator<IndexDifference> {
  let a = await expected.next();
  let b = await actual.next();
  while (a.done !== true || b.done !== true) {
    const order = compare(a.done === true ? undefined : a.value, b.done === true ? undefined : b.value);
    if (order < 0 && a.done !== true) {
      yield { name: a.value.name, what: 'it is in the archive but not in the index' };
    } else if (order > 0 && b.done !== true) {
      yield { name: b.value.name, what: 'it is in the index but not in the archive' };
    } else if (a.done !== true && b.done !== true) {
      const what = difference(a.value, b.value);
      if (what !== undefined) yield { name: a.value.name, what };
    }
    if (order <= 0) a = await expected.next();
    if (order >= 0) b = await actual.next();
  }
}

function compare(a: IndexedMember | undefined, b: IndexedMember | undefined): number {
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return Buffer.compare(memberKey(a.name), memberKey(b.name)) || a.headerAt - b.headerAt;
}

const FIELDS = [
  'kind',
  'sizeBytes',
  'sha256',
  'mtimeSeconds',
  'linkName',
  'sparse',
  'dataAt',
  'storedBytes',
] as const;

/** Version 1 indexes describe sparse members as stored: without digest and content offset. */
const NOT_IN_VERSION_1: readonly (typeof FIELDS)[number][] = ['sha256', 'dataAt', 'storedBytes'];

function difference(a: IndexedMember, b: IndexedMember): string | undefined {
  const old = a.sparse && b.sparse && b.sparseMap === undefined && b.sha256 === undefined;
  const field = FIELDS.find((name) => a[name] !== b[name] && !(old && NOT_IN_VERSION_1.includes(name)));
  if (field === undefined && !old && JSON.stringify(a.sparseMap) !== JSON.stringify(b.sparseMap))
    return 'its sparse map differs';
  return field === undefined ? undefined : `${field} is ${a[field]}, but the index has ${b[field]}`;
}
