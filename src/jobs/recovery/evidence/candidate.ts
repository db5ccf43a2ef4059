import { createHash } from 'node:crypto';
import type { Hit } from '../source-port.js';
import type { CheckState } from './content/check.js';
import type { Tier } from './matcher.js';

/** A hit as one row sees it: what speaks for it and against it, as plain values. */
export interface Candidate {
  cid: string;
  hit: Hit;
  tier: Tier;
  segments: number;
  /** What was expected where this was found. */
  expected: string;
  /** Candidates with the same key hold the same content, as far as is known. */
  contentKey: string;
  /** The digest, from the source or because the content was read while planning. */
  sha256?: string;
  /** Against the row's trusted digests. `none`: the row has none, or the content's digest is not known yet. */
  digest: 'equal' | 'contradicts' | 'none';
  sizeContradicts: boolean;
  /** Which digest of another program says that this is not the file, where they were compared. */
  contradicts?: string;
  /** What a person said of exactly this candidate. */
  person: 'accepted' | 'rejected' | 'none';
  check: CheckState;
  checkReason: string;
  /** Why the content may be somebody else's. */
  contested?: string;
  /** Why the name says too little. */
  generic?: string;
  /** Its archive does not hold it, though the listing says so. */
  absent?: string;
  /** The source may bind, and nothing about the bytes says otherwise. */
  trusted: boolean;
  /** Why not. */
  distrust?: string;
  /** The format runs code when loaded, and anyone may have put it there: binds by digest only. */
  plantable: boolean;
  superseded: boolean;
  /** It was read while planning: nobody has to fetch it again. */
  cached: boolean;
}

/**
 * The stable name of a candidate: 12 hex digits of a SHA-256 over source, object and its version, member, size and
 * the digest that the source itself knows, and the stand-in that names it. It changes when any of these does, and with nothing else.
 */
export function candidateId(hit: Hit): string {
  const identity = [
    hit.source,
    hit.object,
    hit.version ?? '',
    hit.member,
    hit.sizeBytes ?? '',
    hit.sha256 ?? '',
    ...(hit.stated === undefined ? [] : [hit.stated]),
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
}

/**
 * Which content a hit holds. A digest says it; else, within a series, member path, size and mtime do for the time
 * being; a hit without them is a content of its own until it is read.
 */
export function contentKeyOf(hit: Hit, sha256: string | undefined): string {
  if (sha256 !== undefined) return `sha256:${sha256}`;
  if (hit.series !== undefined && hit.sizeBytes !== undefined && hit.mtime !== undefined) {
    return `provisional:${JSON.stringify([hit.source, hit.series, hit.member, hit.sizeBytes, hit.mtime])}`;
  }
  return `unread:${candidateId(hit)}`;
}

/** Whether only reading can tell what a candidate holds. */
export function isUnread(candidate: Candidate): boolean {
  return candidate.contentKey.startsWith('unread:');
}
