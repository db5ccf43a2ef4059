import { Buffer } from 'node:buffer';
import { type IndexedMember, memberKey } from '../../../archive/index/member.js';

/** One member that an index and the archive do not agree about. */
export interface IndexDifference {
  name: string;
  what: string;
}

/** Compares two member tables, both in the order of their keys. */
export async function* compareMembers(
  expected: AsyncGenerator<IndexedMember>,
  actual: AsyncGenerator<IndexedMember>,
): AsyncGenerator<IndexDifference> {
  let a = await expected.next();
  let b = await actual.next();
  while (a.done !== true || b.done !== true) {
    const order = compare(a.done === true ? undefined : a.value, b.done === true ? undefined : b.value);
    if (order < 0 && a.done !== true) {
      yield { name: a.value.name, what: 'the archive has it, and the index does not' };
    } else if (order > 0 && b.done !== true) {
      yield { name: b.value.name, what: 'the index has it, and the archive does not' };
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

/** An index of version 1 has a sparse member as it is stored: neither its digest nor where its content begins. */
const NOT_IN_VERSION_1: readonly (typeof FIELDS)[number][] = ['sha256', 'dataAt', 'storedBytes'];

function difference(a: IndexedMember, b: IndexedMember): string | undefined {
  const old = a.sparse && b.sparse && b.sparseMap === undefined && b.sha256 === undefined;
  const field = FIELDS.find((name) => a[name] !== b[name] && !(old && NOT_IN_VERSION_1.includes(name)));
  if (field === undefined && !old && JSON.stringify(a.sparseMap) !== JSON.stringify(b.sparseMap))
    return 'its sparse map is different';
  return field === undefined ? undefined : `${field} is ${a[field]}, and the index says ${b[field]}`;
}
