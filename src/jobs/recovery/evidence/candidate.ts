import { createHash } from 'node:crypto';
import type { Hit } from '../source-port.js';
import type { CheckState } from './content/check.js';
import type { Tier } from './matcher.js';

/** A hit evaluated for one row: the evidence for and against it, as plain values. */
export interface Candidate {
  cid: string;
  hit: Hit;
  tier: Tier;
  segments: number;
  /** The expected name or path that it matched. */
  expected: string;
  /** Candidates with the same key have the same content, as far as is known. */
  contentKey: string;
  /** The digest, from the source or from reading the content during planning. */
  sha256?: string;
  /**
   * Compared with the row's trusted digests. `none`: the row has none, or the digest of the content is not known yet.
   */
  digest: 'equal' | 'contradicts' | 'none';
  sizeContradicts: boolean;
  /** Which digest recorded by another program the content contradicts, if they were compared. */
  contradicts?: string;
  /** A person's decision about exactly this candidate. */
  person: 'accepted' | 'rejected' | 'none';
  check: CheckState;
  checkReason: string;
  /** Why the content may belong to another artifact. */
  contested?: string;
  /** Why the name is too common to identify a file. */
  generic?: string;
  /** The listing names it, but the archive does not contain it. */
  absent?: string;
  /** The source is trusted and nothing about the content contradicts that. */
  trusted: boolean;
  /** Why it is not trusted. */
  distrust?: string;
  /** The format runs code when loaded and anyone could have created the file, so only a digest can bind it. */
  plantable: boolean;
  superseded: boolean;
  /** It was read during planning and need not be fetched again. */
  cached: boolean;
}

/**
 * The stable id of a candidate: 12 hex digits of a SHA-256 over its source, object and version, member, size, the
 * digest that the source knows, and the stand-in that refers to it. It changes if and only if one of these changes.
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
 * Identifies the content of a hit: by its digest if known; otherwise provisionally by member path, size, and mtime
 * within its series. A hit without these counts as a separate content until it is read.
 */
export function contentKeyOf(hit: Hit, sha256: string | undefined): string {
  if (sha256 !== undefined) return `sha256:${sha256}`;
  if (hit.series !== undefined && hit.sizeBytes !== undefined && hit.mtime !== undefined) {
    return `provisional:${JSON.stringify([hit.source, hit.series, hit.member, hit.sizeBytes, hit.mtime])}`;
  }
  return `unread:${candidateId(hit)}`;
}

/** Whether the content of a candidate is unknown until it is read. */
export function isUnread(candidate: Candidate): boolean {
  return candidate.contentKey.startsWith('unread:');
}
