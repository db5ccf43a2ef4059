import { type Candidate, candidateId, contentKeyOf } from '../../../src/jobs/recovery/evidence/candidate.js';
import type { Hit } from '../../../src/jobs/recovery/source-port.js';

/** A hit in an archive, for tests of what is decided from it. */
export function hit(changes: Partial<Hit> = {}): Hit {
  return {
    source: 'archives s3://b/backups/',
    kind: 'archives',
    object: 's3://b/backups/h/artifacts-1.tar.gz',
    version: 'etag1',
    member: 'datasets/gtex_liver.csv',
    paths: ['datasets/gtex_liver.csv'],
    sizeBytes: 100,
    mtime: '2026-04-24 03:11',
    series: 'artifacts-#',
    age: 1,
    locator: {},
    ...changes,
  };
}

/** A candidate that nothing speaks against, with changes. */
export function candidate(changes: Partial<Candidate> = {}): Candidate {
  const own = changes.hit ?? hit();
  return {
    cid: candidateId(own),
    hit: own,
    tier: 'anchored',
    segments: 2,
    expected: 'datasets/gtex_liver.csv',
    contentKey: contentKeyOf(own, changes.sha256),
    digest: 'none',
    sizeContradicts: false,
    person: 'none',
    check: 'pass',
    checkReason: 'it has a valid CSV/TSV structure',
    trusted: true,
    plantable: false,
    superseded: false,
    cached: false,
    ...changes,
  };
}
