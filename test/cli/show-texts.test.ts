import { describe, expect, it } from 'vitest';
import { driftText } from '../../src/cli/drift/drift-text.js';
import { journalText } from '../../src/cli/journal/journal-text.js';
import { findingLines } from '../../src/cli/terminal/finding-line.js';
import { styleFor } from '../../src/cli/terminal/style.js';
import type { DriftEntry } from '../../src/registry/drift/drift-port.js';
import type { JournalEntry } from '../../src/registry/journal/journal-port.js';

const plain = styleFor(false);
const at = new Date('2026-05-20T01:02:03.456Z');

const drift: DriftEntry = {
  id: '7',
  runId: 'run-1',
  artifactId: 'a\u001b[31m',
  artifactType: 'dataset',
  recordedDigests: null,
  foundDigests: null,
  recordedIn: null,
  oldSizeBytes: null,
  oldMtimeUs: null,
  decisionId: null,
  oldSha256: 'a'.repeat(64),
  newSha256: 'b'.repeat(64),
  sizeBytes: 1200,
  mtimeUs: BigInt(at.getTime()) * 1000n,
  path: 'd/x.csv',
  root: '/data',
  class: 'corrupt',
  state: 'open',
  firstSeenAt: at,
  lastSeenAt: at,
  decidedBy: null,
  decidedAt: null,
  note: null,
};

describe('salvor drift show, for a person', () => {
  it('says what is known, what the class means, and how to decide it', () => {
    const text = driftText(drift, plain);
    expect(text).toBe(`Drift 7 is open
artifact    a\\u001b[31m, dataset
file        d/x.csv in /data
recorded    ${'a'.repeat(64)}
found       ${'b'.repeat(64)}
            1.20 kB, modified 2026-05-20 01:02:03Z
class       corrupt: the content changed but size and modification time did not: programs change the time, failing storage does not
first seen  2026-05-20 01:02:03Z by run run-1
last seen   2026-05-20 01:02:03Z

salvor drift accept 7   the new content is right: record its digest
salvor drift reject 7   the recorded content is right: leave the file, and let recovery search for that content
`);
  });

  it('names each recorded digest and where it is recorded', () => {
    const recorded: DriftEntry = {
      ...drift,
      class: 'recorded',
      oldSha256: null,
      recordedDigests: `md5:${'c'.repeat(32)}`,
      recordedIn: 'metadata.md5',
      foundDigests: `md5:${'d'.repeat(32)}`,
    };
    expect(driftText(recorded, plain)).toContain(`
recorded    md5:${'c'.repeat(32)}
            in metadata.md5
found       md5:${'d'.repeat(32)}
            sha256:${'b'.repeat(64)}
`);
  });

  it('says who decided, and offers no further decision', () => {
    const text = driftText(
      { ...drift, state: 'accepted', decidedBy: 'alice', decidedAt: at, note: 'it was me' },
      plain,
    );
    expect(text).toMatch(/^Drift 7 is accepted\n/);
    expect(text).toMatch(/\ndecided {5}2026-05-20 01:02:03Z by alice\nnote {8}it was me\n$/);
  });
});

const entry: JournalEntry = {
  id: '9',
  runId: null,
  artifactId: 'a\u202e1',
  table: 'public.artifacts',
  action: 'bind',
  before: '{"file_path":null,"metadata":{"file_sha256":"x"}}',
  after: '{"file_path":"d/\\u0007x","metadata":{"file_size_bytes":1.50}}',
  reason: 'because',
  actor: 'alice',
  at,
  undoes: null,
  undoneBy: null,
};

describe('salvor journal show, for a person', () => {
  it('shows each key before and after, distinguishes absent, null and raw numbers, and says how to undo it', () => {
    expect(journalText(entry, plain)).toBe(`Entry 9: bind of a\\u202e1
at      2026-05-20T01:02:03.456Z by alice
reason  because

file_path        null -> "d/\\u0007x"
file_sha256      "x" -> absent
file_size_bytes  absent -> 1.50

To undo it: salvor journal undo 9
`);
  });

  it('names the entry that undid it, and the entry that it undid', () => {
    const undone = journalText({ ...entry, undoes: '3', undoneBy: '12' }, plain);
    expect(undone).toContain('undoes     entry 3\nundone by  entry 12\n');
    expect(undone).not.toContain('journal undo');
  });
});

describe('findings in lines', () => {
  it('name their subject once, escape control characters, and show how many are omitted', () => {
    const finding = { code: 'store.not_found', severity: 'error', subject: 's3://b/\u001b[2J.tar' } as const;
    const message = 's3://b/\u001b[2J.tar: there is no such object';
    expect(findingLines({ findings: [{ ...finding, message }], findingsTotal: 28 })).toEqual([
      'store.not_found  s3://b/\\u001b[2J.tar: there is no such object',
      'and 27 more; use --findings FILE to get all of them',
    ]);
  });
});
