import { describe, expect, it } from 'vitest';
import { contradictedSha256, type Decision, decideRow } from '../../../src/jobs/checksums/pipeline/decide.js';
import type { FileRead } from '../../../src/jobs/checksums/pipeline/file-reads.js';
import { exitOfFindings } from '../../../src/jobs/checksums/pipeline/outcome.js';
import type { ArtifactRow, DigestEntry } from '../../../src/registry/artifacts/artifacts-port.js';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
const MARKED_AT = '2026-05-01T10:00:00.000Z';
const MARKED_NS = BigInt(Date.parse(MARKED_AT)) * 1_000_000n;

const records = {
  none: null,
  null: 'null',
  empty: '""',
  same: `"${NEW}"`,
  capitals: `"${NEW.toUpperCase()}"`,
  different: `"${OLD}"`,
  malformed: '"sha256:abc"',
  number: '12',
};
type Recorded = keyof typeof records;

const reads = [
  'hashed',
  'no_file',
  'pointer',
  'ambiguous',
  'outside_root',
  'not_regular',
  'unreadable',
  'unstable',
] as const;

function row(
  recorded: string | null,
  digest: DigestEntry | null = null,
  at: string | null = null,
): ArtifactRow {
  const keys = { file_sha256: recorded, file_size_bytes: null, file_sha256_computed_at: at };
  return {
    id: '1',
    type: 't',
    path: 'p',
    metadata: { kind: 'object', wasNull: false, keys, raw: null },
    digest,
  };
}

function readOf(
  kind: (typeof reads)[number],
  mtimeNs = MARKED_NS,
  sizeBytes = 3,
): Exclude<FileRead, { kind: 'stopped' }> {
  const identity = { dev: 1n, ino: 1n, sizeBytes, mtimeNs, ctimeNs: 0n };
  if (kind === 'hashed') {
    return { kind, sha256: NEW, file: { root: 0, askedPath: 'p', realPath: new Uint8Array(), identity } };
  }
  if (kind === 'pointer') return { kind, standIn: { kind: 'git-lfs', digest: null, sizeBytes: null } };
  return kind === 'ambiguous' ? { kind, paths: ['x', 'y'] } : { kind, reason: 'because' };
}

/** The whole table: what is on record by what was read. */
const table: Record<(typeof reads)[number], Record<Recorded, string>> = {
  hashed: {
    none: 'updated',
    null: 'updated',
    empty: 'updated',
    same: 'unchanged',
    capitals: 'unchanged',
    different: 'drift',
    malformed: 'updated',
    number: 'updated',
  },
  no_file: {
    none: 'no_file',
    null: 'no_file',
    empty: 'no_file',
    same: 'lost',
    capitals: 'lost',
    different: 'lost',
    malformed: 'no_file',
    number: 'no_file',
  },
  pointer: all('pointer'),
  ambiguous: all('conflict'),
  outside_root: all('outside_root'),
  not_regular: all('not_regular'),
  unreadable: all('unreadable'),
  unstable: all('unstable'),
};

function all(result: string): Record<Recorded, string> {
  return Object.fromEntries(Object.keys(records).map((key) => [key, result])) as Record<Recorded, string>;
}

describe('the decision about a row', () => {
  const cases = reads.flatMap((read) =>
    (Object.keys(records) as Recorded[]).flatMap((recorded) =>
      (['record', 'hold'] as const).flatMap((onDrift) =>
        [false, true].map((rejected) => ({ read, recorded, onDrift, rejected })),
      ),
    ),
  );
  it.each(cases)(
    'read $read, on record $recorded, $onDrift, rejected $rejected',
    ({ read, recorded, onDrift, rejected }) => {
      const decision: Decision = decideRow(row(records[recorded]), readOf(read), { onDrift, rejected });
      const result = table[read][recorded];
      expect(decision.result).toBe(result);
      const writes =
        result === 'updated' ||
        result === 'unchanged' ||
        (result === 'drift' && onDrift === 'record' && !rejected);
      expect(decision.write).toBe(writes);
      expect(contradictedSha256(row(records[recorded]), readOf(read))).toBe(
        result === 'drift' ? OLD : undefined,
      );
    },
  );

  it('does not change metadata that is not an object', () => {
    const bad: ArtifactRow = { ...row(null), metadata: { kind: 'bad', reason: 'it is an array' } };
    expect(decideRow(bad, readOf('hashed'), { onDrift: 'record', rejected: false })).toEqual({
      result: 'bad_metadata',
      write: false,
      reason: 'it is an array',
    });
  });
});

describe('the class of drift', () => {
  const entry: DigestEntry = {
    path: 'p',
    root: '/r',
    sizeBytes: 3,
    mtimeUs: MARKED_NS / 1000n,
    sha256: OLD,
    computedAt: MARKED_AT,
  };
  const raw = `"${MARKED_AT}"`;
  it.each<[string, DigestEntry | null, string | null, bigint, number, string]>([
    ['same size and time as known', entry, null, MARKED_NS, 3, 'corrupt'],
    ['same but for less than a microsecond', entry, null, MARKED_NS + 999n, 3, 'corrupt'],
    ['same time, other size', entry, null, MARKED_NS, 4, 'unknown'],
    ['later than known', entry, null, MARKED_NS + 1000n, 3, 'rewritten'],
    ['earlier than known', entry, raw, MARKED_NS - 1000n, 3, 'unknown'],
    [
      'an entry of another path: later than the marker',
      { ...entry, path: 'q' },
      raw,
      MARKED_NS + 1_000_000n,
      3,
      'rewritten',
    ],
    [
      'an entry of another digest: not later than the marker',
      { ...entry, sha256: NEW },
      raw,
      MARKED_NS,
      3,
      'unknown',
    ],
    ['no entry, later than the marker', null, raw, MARKED_NS + 1_000_000n, 3, 'rewritten'],
    ['no entry, earlier', null, raw, MARKED_NS - 1n, 3, 'unknown'],
    ['no entry, no marker', null, null, MARKED_NS, 3, 'unknown'],
    ['no entry, a marker that is no time', null, '"9999-99-99T99:99:99Z"', MARKED_NS, 3, 'unknown'],
  ])('%s', (_, digest, at, mtimeNs, size, expected) => {
    const policy = { onDrift: 'record', rejected: false } as const;
    expect(decideRow(row(`"${OLD}"`, digest, at), readOf('hashed', mtimeNs, size), policy)).toMatchObject({
      class: expected,
    });
  });
});

describe('the exit code', () => {
  it.each([
    [{ drift: 0, errors: 0, lost: 0, notUnique: 0 }, 0],
    [{ drift: 1, errors: 0, lost: 0, notUnique: 0 }, 0],
    [{ drift: 2, errors: 0, lost: 0, notUnique: 0 }, 1],
    [{ drift: 0, errors: 2, lost: 0, notUnique: 0 }, 0],
    [{ drift: 0, errors: 3, lost: 0, notUnique: 0 }, 1],
    [{ drift: 0, errors: 0, lost: 1, notUnique: 0 }, 1],
    [{ drift: 0, errors: 0, lost: 0, notUnique: 1 }, 1],
  ])('%j with one drift and two errors allowed: %d', (verdict, code) => {
    expect(exitOfFindings(verdict, { maxDrift: 1, maxErrors: 2 })).toBe(code);
  });
});
