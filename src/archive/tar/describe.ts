import { formatDamage } from '../damage.js';
import { decodeName, MAX_NAME_BYTES } from '../names.js';
import type { RawHeader } from './header.js';
import { kindOf, type TarMember } from './member.js';
import { type PaxRecords, paxInteger, paxTime } from './pax.js';

/** Thirty million years either way. */
const MAX_SECONDS = 1e15;

/** What came before a header and belongs to it, and where they stand. */
export interface ExtendedHeaders {
  pax: PaxRecords | undefined;
  globals: PaxRecords;
  longName: Uint8Array | undefined;
  longLink: Uint8Array | undefined;
  headerAt: number;
  dataAt: number;
}

/** A member as its header and the extended headers before it describe it. @throws Damage */
export function describeMember(raw: RawHeader, extended: ExtendedHeaders): TarMember {
  const value = (keyword: string): Uint8Array | undefined =>
    extended.pax?.get(keyword) ?? extended.globals.get(keyword);
  const sparseName = extended.pax?.get('GNU.sparse.name');
  const name = decodeName(limited(sparseName ?? value('path') ?? extended.longName ?? raw.name));
  const kind = kindOf(raw.type, name);
  const time = value('mtime');
  const { seconds, nanoseconds } =
    time === undefined ? { seconds: raw.mtimeSeconds, nanoseconds: 0 } : paxTime(time);
  if (Math.abs(seconds) > MAX_SECONDS) throw formatDamage('limit', 'a tar member dated beyond all calendars');
  const storedBytes = raw.type === '1' ? 0 : sizeOf(value('size'), raw.sizeBytes);
  const realSize = extended.pax?.get('GNU.sparse.realsize') ?? extended.pax?.get('GNU.sparse.size');
  const sparse = raw.sparse !== undefined || hasSparse(extended.pax);
  const uid = value('uid');
  const gid = value('gid');
  return {
    name,
    kind,
    type: raw.type,
    linkName:
      kind === 'hardlink' || kind === 'symlink'
        ? decodeName(limited(value('linkpath') ?? extended.longLink ?? raw.linkName))
        : '',
    mode: raw.mode,
    uid: uid === undefined ? raw.uid : paxInteger(uid),
    gid: gid === undefined ? raw.gid : paxInteger(gid),
    uname: decodeName(value('uname') ?? raw.uname),
    gname: decodeName(value('gname') ?? raw.gname),
    sizeBytes: sparse ? sizeOf(realSize, raw.sparse?.realSizeBytes ?? storedBytes) : storedBytes,
    storedBytes,
    mtimeSeconds: seconds,
    mtimeNanoseconds: nanoseconds,
    devMajor: raw.devMajor,
    devMinor: raw.devMinor,
    sparse,
    headerAt: extended.headerAt,
    dataAt: extended.dataAt,
  };
}

function hasSparse(pax: PaxRecords | undefined): boolean {
  if (pax === undefined) return false;
  for (const keyword of pax.keys()) if (keyword.startsWith('GNU.sparse.')) return true;
  return false;
}

function sizeOf(value: Uint8Array | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const size = paxInteger(value);
  if (size < 0) throw formatDamage('corrupt', 'a tar member of negative size');
  return size;
}

function limited(name: Uint8Array): Uint8Array {
  if (name.length > MAX_NAME_BYTES) throw formatDamage('limit', `a member name of ${name.length} bytes`);
  const nul = name.indexOf(0);
  return nul < 0 ? name : name.subarray(0, nul);
}
