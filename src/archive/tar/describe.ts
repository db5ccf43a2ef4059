import { Buffer } from 'node:buffer';
import { counted } from '../../core/pluralize.js';
import { formatDamage } from '../damage.js';
import { decodeName, MAX_NAME_BYTES } from '../names.js';
import type { OnBadValue, RawHeader } from './header.js';
import { carriesData, kindOf, type TarMember } from './member.js';
import { type PaxRecords, paxInteger, paxTime } from './pax.js';
import { sparseMapOf } from './sparse.js';

/** Times further from 1970 than this (thirty million years) are invalid. */
const MAX_SECONDS = 1e15;

/** The size of a map with `MAX_SPARSE_SEGMENTS`. */
const MAX_MAP_BYTES = 4 * 1024 * 1024;

/** The extended headers of a member, and the offsets of its headers. */
export interface ExtendedHeaders {
  pax: PaxRecords | undefined;
  globals: PaxRecords;
  longName: Uint8Array | undefined;
  longLink: Uint8Array | undefined;
  headerAt: number;
  dataAt: number;
}

/** A member, and whether its content starts with a sparse map that must be read first. */
export interface Described {
  member: TarMember;
  mapFollows: boolean;
}

/**
 * Creates a member from its header and the extended headers before it. Invalid values on which no content depends are
 * reported to `onBadValue`.
 * @throws Damage
 */
export function describeMember(
  raw: RawHeader,
  extended: ExtendedHeaders,
  onBadValue: OnBadValue = () => undefined,
): Described {
  const { pax } = extended;
  const value = (keyword: string): Uint8Array | undefined =>
    pax?.get(keyword) ?? extended.globals.get(keyword);
  const whole = (keyword: string, otherwise: number): number => {
    const text = value(keyword);
    const number = text === undefined ? otherwise : paxInteger(text);
    if (number === undefined) onBadValue(`${keyword} in the extended header is invalid`);
    return number ?? otherwise;
  };
  const name = decodeName(
    limited(pax?.get('GNU.sparse.name') ?? value('path') ?? extended.longName ?? raw.name),
  );
  const kind = kindOf(raw.type, name);
  const linked = kind === 'hardlink' || kind === 'symlink';
  const storedBytes = carriesData(raw.type) ? sizeOf(value('size'), raw.sizeBytes) : 0;
  const sparse = kind === 'file' && (raw.sparse !== undefined || hasSparse(pax));
  const time = timeOf(value('mtime'), raw, onBadValue);
  const member: TarMember = {
    name,
    kind,
    type: raw.type,
    linkName: linked ? decodeName(limited(value('linkpath') ?? extended.longLink ?? raw.linkName)) : '',
    mode: raw.mode,
    uid: whole('uid', raw.uid),
    gid: whole('gid', raw.gid),
    uname: decodeName(value('uname') ?? raw.uname),
    gname: decodeName(value('gname') ?? raw.gname),
    sizeBytes: sparse ? realSizeOf(pax, raw, storedBytes) : storedBytes,
    storedBytes,
    mtimeSeconds: time.seconds,
    mtimeNanoseconds: time.nanoseconds,
    devMajor: raw.devMajor,
    devMinor: raw.devMinor,
    ...(raw.type === 'M' ? { continuedAt: raw.continuedAt } : {}),
    sparse,
    headerAt: extended.headerAt,
    dataAt: extended.dataAt,
  };
  if (!sparse) return { member, mapFollows: false };
  if (raw.sparse === undefined && pax?.get('GNU.sparse.major')?.[0] === ONE)
    return { member, mapFollows: true };
  return { member: withMap(member, raw.sparse?.numbers ?? paxNumbers(pax), onBadValue), mapFollows: false };
}

const ONE = '1'.charCodeAt(0);

/** The member with its sparse map. If the numbers are inconsistent, it has no map, and `onBadValue` is called. */
export function withMap(member: TarMember, numbers: readonly number[], onBadValue: OnBadValue): TarMember {
  const sparseMap = sparseMapOf(numbers, member.sizeBytes, member.storedBytes);
  if (sparseMap !== undefined) return { ...member, sparseMap };
  onBadValue('the sparse map is inconsistent, so the content cannot be expanded');
  return member;
}

/** The numbers of a sparse map in pax format 0.0 or 0.1. */
function paxNumbers(pax: PaxRecords | undefined): readonly number[] {
  const text = pax?.get('GNU.sparse.map');
  if (text === undefined) return pax?.sparseNumbers ?? [];
  if (text.length === 0) return [];
  if (text.length > MAX_MAP_BYTES) throw formatDamage('limit', 'a sparse map is too long');
  return Buffer.from(text)
    .toString('latin1')
    .split(',')
    .map((number) => (/^\d{1,16}$/.test(number) ? Number(number) : -1));
}

function hasSparse(pax: PaxRecords | undefined): boolean {
  if (pax === undefined) return false;
  if (pax.sparseNumbers.length > 0) return true;
  for (const keyword of pax.keys()) if (keyword.startsWith('GNU.sparse.')) return true;
  return false;
}

function realSizeOf(pax: PaxRecords | undefined, raw: RawHeader, storedBytes: number): number {
  const size = pax?.get('GNU.sparse.realsize') ?? pax?.get('GNU.sparse.size');
  return sizeOf(size, raw.sparse?.realSizeBytes ?? storedBytes);
}

function timeOf(
  value: Uint8Array | undefined,
  raw: RawHeader,
  onBadValue: OnBadValue,
): { seconds: number; nanoseconds: number } {
  const ofHeader = { seconds: raw.mtimeSeconds, nanoseconds: 0 };
  const time = value === undefined ? ofHeader : paxTime(value);
  if (time !== undefined && Math.abs(time.seconds) <= MAX_SECONDS) return time;
  onBadValue(value === undefined ? 'mtime is out of range' : 'mtime in the extended header is invalid');
  return Math.abs(raw.mtimeSeconds) <= MAX_SECONDS ? ofHeader : { seconds: 0, nanoseconds: 0 };
}

/** An invalid size is damage, because the amount of content depends on it. */
function sizeOf(value: Uint8Array | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const size = paxInteger(value);
  if (size === undefined || size < 0) throw formatDamage('corrupt', 'a PAX header has an invalid size');
  return size;
}

function limited(name: Uint8Array): Uint8Array {
  if (name.length > MAX_NAME_BYTES)
    throw formatDamage('limit', `a member name is too long (${counted(name.length, 'byte')})`);
  const nul = name.indexOf(0);
  return nul < 0 ? name : name.subarray(0, nul);
}
