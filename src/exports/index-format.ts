/**
 * `salvor/index-format`: reads the indexes that Salvor writes next to archives (`KEY.salvor-index`, see
 * `docs/formats.md`). It reads only the ranges that it needs and checks every part against its digest.
 */
export { Damage } from '../archive/damage.js';
export type { Checkpoint } from '../archive/index/checkpoint.js';
export type { IndexedMember } from '../archive/index/member.js';
export type { IndexMeta } from '../archive/index/meta.js';
export { IndexReader, type ReadRange } from '../archive/index/reader.js';
