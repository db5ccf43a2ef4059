import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Severity } from '../../src/core/finding.js';
import { FindingCollector } from '../../src/events/finding-collector.js';

const finding = (severity: Severity, subject: string) => ({
  type: 'finding' as const,
  finding: { code: 'listing.missing', severity, subject, message: 'm' },
});

describe('FindingCollector', () => {
  it('sorts errors before warnings before infos, each in order, and counts all', () => {
    const collector = new FindingCollector(3);
    for (const [severity, subject] of [
      ['info', 'a'],
      ['warning', 'b'],
      ['info', 'c'],
      ['error', 'd'],
      ['error', 'e'],
    ] as const) {
      collector.emit(finding(severity, subject));
    }
    expect(collector.kept.map((f) => f.subject)).toEqual(['d', 'e', 'b']);
    expect(collector.total).toBe(5);
  });

  it('writes every finding to its file, even those that it does not keep', () => {
    const dir = mkdtempSync(join(tmpdir(), 'salvor-findings-'));
    const path = join(dir, 'findings.ndjson');
    const collector = new FindingCollector(1, path);
    for (let i = 0; i < 2000; i += 1) collector.emit(finding('error', `subject ${i}`));
    collector.close();
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).subject)).toEqual(
      Array.from({ length: 2000 }, (_, i) => `subject ${i}`),
    );
    rmSync(dir, { recursive: true });
  });

  it('a full disk is a failure with a code', () => {
    const collector = new FindingCollector(1, '/dev/full');
    collector.emit(finding('error', 'a'));
    expect(() => collector.close()).toThrow(expect.objectContaining({ code: 'output.failed' }));
  });
});
