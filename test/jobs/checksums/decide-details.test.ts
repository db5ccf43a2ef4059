import { describe, expect, it } from 'vitest';
import { contradictedSha256, decideRow, undecided } from '../../../src/jobs/checksums/pipeline/decide.js';
import type { FileRead } from '../../../src/jobs/checksums/pipeline/file-reads.js';
import type { ComparableDigest } from '../../../src/jobs/checksums/pipeline/recorded.js';
import type { ArtifactRow, DigestEntry } from '../../../src/registry/artifacts/artifacts-port.js';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
const MD5_ON_RECORD = '1'.repeat(32);
const MD5_FOUND = '2'.repeat(32);
const HOLD = { onDrift: 'hold', rejected: false } as const;
const RECORD = { onDrift: 'record', rejected: false } as const;
const MTIME_NS = 1_777_000_000_000_000_000n;

function row(path: string | null, recorded: string | null, digest: DigestEntry | null = null): ArtifactRow {
  const keys = { file_sha256: recorded, file_size_bytes: null, file_sha256_computed_at: null };
  return { id: '1', type: 't', path, metadata: { kind: 'object', wasNull: false, keys, raw: null }, digest };
}

const identity = { dev: 1n, ino: 1n, sizeBytes: 3, mtimeNs: MTIME_NS, ctimeNs: 0n };
const hashed: Extract<FileRead, { kind: 'hashed' }> = {
  kind: 'hashed',
  sha256: NEW,
  digests: { md5: MD5_FOUND },
  file: { root: 0, askedPath: 'p', realPath: new Uint8Array(), identity },
};
const contradicts: ComparableDigest[] = [{ source: 'metadata.md5', algorithm: 'md5', hex: MD5_ON_RECORD }];

describe('a path that is elsewhere', () => {
  it.each(['no_file', 'outside_root'] as const)('and %s: the row has its file elsewhere', (kind) => {
    const decision = decideRow(row('s3://lake/a.parquet', null), { kind, reason: 'because' }, HOLD);
    expect(decision).toMatchObject({ result: 'elsewhere', write: false });
    expect('reason' in decision && decision.reason.length).toBeGreaterThan(10);
  });

  it.each(['unreadable', 'not_regular', 'unstable'] as const)(
    'and %s: there is something of that name, and it is said',
    (kind) => {
      expect(decideRow(row('s3://lake/a.parquet', null), { kind, reason: 'because' }, HOLD)).toMatchObject({
        result: kind,
        reason: 'because',
      });
    },
  );

  it('that was read counts like any other file', () => {
    expect(decideRow(row('doi:10.5061/x', null), hashed, HOLD)).toEqual({ result: 'updated', write: true });
  });

  it('a row without a path is not elsewhere', () => {
    expect(decideRow(row(null, null), { kind: 'no_file', reason: 'because' }, HOLD).result).toBe('no_file');
  });
});

describe('recorded digests of other algorithms that the content contradicts', () => {
  it.each([
    ['nothing is on record as SHA-256', null, null],
    ['the same SHA-256 is on record', `"${NEW}"`, NEW],
    ['another SHA-256 is on record', `"${OLD}"`, OLD],
  ])('are drift that is held, whatever the policy: %s', (_, recorded, oldSha256) => {
    expect(decideRow(row('p', recorded), hashed, { ...RECORD, contradicts })).toEqual({
      result: 'drift',
      write: false,
      oldSha256,
      class: 'recorded',
      rejected: false,
      recorded: `md5:${MD5_ON_RECORD}`,
      found: `md5:${MD5_FOUND}`,
      sources: 'metadata.md5',
    });
  });

  it('show whether a person rejected this content', () => {
    const policy = { onDrift: 'record', rejected: true, contradicts } as const;
    expect(decideRow(row('p', null), hashed, policy)).toMatchObject({ class: 'recorded', rejected: true });
  });
});

describe('a drift that needs a decision', () => {
  const open = { oldSha256: OLD, newSha256: NEW, class: 'rewritten' } as const;

  it('is compared with the content before it, not with what was recorded since', () => {
    expect(undecided(NEW, open)).toBe(OLD);
    expect(undecided(NEW, undefined)).toBe(NEW);
    expect(undecided(NEW, { ...open, class: 'recorded' })).toBe(NEW);
    expect(undecided(OLD, open)).toBe(OLD);
    expect(undecided(NEW, { ...open, oldSha256: null })).toBe(NEW);
  });

  it('the recorded content, read again, is unchanged', () => {
    expect(decideRow(row('p', `"${NEW}"`), hashed, { ...RECORD, open })).toEqual({
      result: 'unchanged',
      write: true,
    });
  });

  it('the content before it, read again, ends it', () => {
    const back = { ...open, oldSha256: NEW, newSha256: OLD };
    expect(decideRow(row('p', `"${OLD}"`), hashed, { ...RECORD, open: back })).toEqual({
      result: 'unchanged',
      write: true,
    });
  });
});

describe('a value that is not a digest', () => {
  it('is replaced, and kept in the decision', () => {
    expect(decideRow(row('p', '"sha256:abc"'), hashed, HOLD)).toEqual({
      result: 'updated',
      write: true,
      malformed: '"sha256:abc"',
    });
  });

  it('contradicts nothing', () => {
    expect(contradictedSha256(row('p', '"sha256:abc"'), hashed)).toBeUndefined();
    const bad: ArtifactRow = { ...row('p', null), metadata: { kind: 'bad', reason: 'it is an array' } };
    expect(contradictedSha256(bad, hashed)).toBeUndefined();
    expect(contradictedSha256(row('p', `"${OLD}"`), hashed)).toBe(OLD);
  });
});

describe('the class of drift', () => {
  it('is corrupt only for the file that was hashed: the same path, size, time and digest', () => {
    const known: DigestEntry = {
      path: 'another',
      root: '/r',
      sizeBytes: 3,
      mtimeUs: MTIME_NS / 1000n,
      sha256: OLD,
      computedAt: '2026-05-01T10:00:00.000Z',
    };
    expect(decideRow(row('p', `"${OLD}"`, known), hashed, HOLD)).toMatchObject({ class: 'unknown' });
    expect(decideRow(row('p', `"${OLD}"`, { ...known, path: 'p' }), hashed, HOLD)).toMatchObject({
      class: 'corrupt',
    });
  });
});

it('two different files for one path are named, both of them', () => {
  const decision = decideRow(row('p', null), { kind: 'ambiguous', paths: ['/a/p', '/b/p'] }, HOLD);
  expect(decision).toMatchObject({ result: 'conflict', write: false });
  expect('reason' in decision && decision.reason).toContain('/a/p, /b/p');
});

it('a stand-in is named', () => {
  const standIn = { kind: 'git-lfs', digest: null, sizeBytes: null } as const;
  const decision = decideRow(row('p', null), { kind: 'pointer', standIn }, HOLD);
  expect(decision).toMatchObject({ result: 'pointer', write: false });
  expect('reason' in decision && decision.reason).toContain('Git LFS');
});
