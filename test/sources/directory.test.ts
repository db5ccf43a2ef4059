import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hit, Query } from '../../src/jobs/recovery/source-port.js';
import { DirectorySource } from '../../src/sources/directory/source.js';
import { sha256 } from '../support/recovery-world.js';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'salvor-dir-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function file(path: string, content: string): void {
  mkdirSync(join(base, path, '..'), { recursive: true });
  writeFileSync(join(base, path), content);
}

function query(more: Partial<Query> = {}): Query {
  return {
    needles: [],
    wants: (path) => path.endsWith('wanted.csv'),
    isHint: () => false,
    digests: new Set(),
    sizes: new Set(),
    examine: () => ({ push: () => undefined, end: () => ({ state: 'pass', reason: 'seen' }) }),
    keep: () => undefined,
    kept: () => undefined,
    ...more,
  };
}

async function search(pattern: string, more: Partial<Query> = {}) {
  const hits: Hit[] = [];
  const report = await new DirectorySource(join(base, pattern)).search(query(more), (hit) => hits.push(hit));
  return { hits, report };
}

describe('a directory source', () => {
  it('one line names all worktrees; results are relative to each', async () => {
    file('w/quest-1/data/artifacts/datasets/wanted.csv', 'one');
    file('w/quest-2/data/artifacts/deep/er/wanted.csv', 'two');
    file('w/quest-3/other/wanted.csv', 'not below artifacts');
    const { hits, report } = await search('w/*/data/artifacts');
    expect(hits.map((hit) => [hit.member, hit.sha256]).sort()).toEqual([
      ['datasets/wanted.csv', sha256('one')],
      ['deep/er/wanted.csv', sha256('two')],
    ]);
    expect(report).toMatchObject({ state: 'complete', files: 2 });
  });

  it('links to files and directories, FIFOs and sockets are not followed and do not block', async () => {
    file('secret/wanted.csv', 'secret');
    mkdirSync(join(base, 'w'));
    symlinkSync(join(base, 'secret/wanted.csv'), join(base, 'w/wanted.csv'));
    symlinkSync(join(base, 'secret'), join(base, 'w/linked'));
    symlinkSync('..', join(base, 'w/loop'));
    execFileSync('mkfifo', [join(base, 'w/pipe-wanted.csv')]);
    const { hits, report } = await search('w');
    expect(hits).toEqual([]);
    expect(report).toMatchObject({ state: 'complete', files: 0 });
  });

  it('a wildcard does not follow a link either', async () => {
    file('secret/data/wanted.csv', 'secret');
    mkdirSync(join(base, 'w'));
    symlinkSync(join(base, 'secret'), join(base, 'w/quest'));
    expect((await search('w/*/data')).hits).toEqual([]);
  });

  it('a file that was renamed is found by size and then digest', async () => {
    file('w/renamed.bin', 'the content');
    file('w/same-size.bin', 'not content');
    const { hits } = await search('w', { digests: new Set([sha256('the content')]), sizes: new Set([11]) });
    expect(hits.map((hit) => hit.member)).toEqual(['renamed.bin']);
  });

  it('a missing base fails; a wildcard that matches nothing is complete', async () => {
    expect((await search('nowhere')).report).toMatchObject({ state: 'failed' });
    expect((await search('nowhere/*/x')).report).toMatchObject({ state: 'failed' });
    mkdirSync(join(base, 'w'));
    expect((await search('w/*/x')).report).toMatchObject({ state: 'complete', files: 0 });
  });

  it('a file that changed since the search is refused', async () => {
    file('w/wanted.csv', 'before');
    const { hits } = await search('w');
    const hit = hits[0];
    if (hit === undefined) throw new Error('nothing found');
    const extract = async (): Promise<unknown> => {
      let outcome: unknown;
      const chunks: Buffer[] = [];
      await new DirectorySource(join(base, 'w')).extract(
        [{ id: 'x', hit }],
        () => ({
          write: (chunk) => {
            chunks.push(Buffer.from(chunk));
          },
          end: async () => ({
            sha256: sha256(Buffer.concat(chunks)),
            sizeBytes: Buffer.concat(chunks).length,
          }),
          abort: async () => undefined,
        }),
        (one) => {
          outcome = one;
        },
      );
      return outcome;
    };
    expect(await extract()).toMatchObject({ ok: true, verifiedBy: 'sha256' });
    writeFileSync(join(base, 'w/wanted.csv'), 'after!');
    expect(await extract()).toMatchObject({ ok: false, code: 'candidate.changed' });
    rmSync(join(base, 'w/wanted.csv'));
    symlinkSync('/etc/passwd', join(base, 'w/wanted.csv'));
    expect(await extract()).toMatchObject({ ok: false, code: 'candidate.changed' });
  });
});
