import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hit, Query, SourceReport } from '../../src/jobs/recovery/source-port.js';
import { csv, planRow, RecoveryWorld } from '../support/recovery-world.js';

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  world.worktree('quest-0', 'README', 'r');
});
afterEach(() => world.close());

const query: Query = {
  needles: ['liver'],
  wants: (path) => path.endsWith('/liver.csv') || path === 'liver.csv',
  isHint: () => false,
  digests: new Set(),
  sizes: new Set(),
  examine: () => ({ push: () => undefined, end: () => ({ state: 'unknown', reason: '' }) }),
  keep: () => undefined,
  kept: () => undefined,
};

async function search(): Promise<SourceReport & { hits: Hit[] }> {
  const hits: Hit[] = [];
  const source = world.sources().find((one) => one.kind === 'archives');
  if (source === undefined) throw new Error('no source');
  return { ...(await source.search(query, (hit) => hits.push(hit))), hits };
}

const KEY = 'backups/h/artifacts-2026-04-20.tar.gz';

function archiveWithListing(listing: string | Buffer): void {
  world.archive('h/artifacts-2026-04-20.tar.gz', { 'datasets/liver.csv': csv('liver') });
  world.bucket.add(`${KEY}.list.txt`, { content: Buffer.from(listing) });
}

describe('an invalid listing does not make its archive searched', () => {
  const listings: Record<string, string | Buffer> = {
    'of 0 bytes': '',
    'of white space': '\n\n',
    'an HTML page with 200': '<!DOCTYPE html><html><body>Sign in</body></html>\n',
    'a page without a doctype': '<html>\n<head><title>502</title></head></html>\n',
    "a store's error": '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>\n',
    'a list of accounts':
      'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n',
    JSON: '{"message": "not found"}\n',
    binary: Buffer.from([0, 1, 2, 3, 0x0a]),
  };
  for (const [name, listing] of Object.entries(listings)) {
    it(name, async () => {
      archiveWithListing(listing);
      const report = await search();
      expect(report.state).toBe('scoped');
      expect(report.scope).toContain('1 listing unreadable');
      expect(report.findings.map((one) => one.code)).toContain('listing.unreadable');
    });
  }

  it('one that is read whole with --scan-unlisted, so that nothing is missed', async () => {
    archiveWithListing('<html>Sign in</html>\n');
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan({ scanUnlisted: true });
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', rule: '7-anchored' });
  });

  it('a message that contains a wanted name counts as an unreadable line', async () => {
    archiveWithListing('datasets/\ntool: liver.csv: permission denied\n');
    const report = await search();
    expect(report).toMatchObject({ state: 'scoped', hits: [] });
    expect(report.findings.map((one) => one.code)).toContain('listing.unreadable_line');
  });

  it('a good one is complete', async () => {
    world.archive('h/artifacts-2026-04-20.tar.gz', { 'datasets/liver.csv': csv('liver') });
    expect(await search()).toMatchObject({ state: 'complete', hits: [{ member: 'datasets/liver.csv' }] });
  });
});

describe('a member that an archive turned out not to contain', () => {
  it('is ruled out at once, and the next copy is tried', async () => {
    const line = `-rw-r--r-- a/a ${csv('liver').length} 2026-04-20 03:00 ./datasets/liver.csv\n`;
    for (const day of ['20', '21']) {
      world.archive(`h/artifacts-2026-04-${day}.tar.gz`, { 'datasets/other.csv': csv('other') });
      world.bucket.add(`backups/h/artifacts-2026-04-${day}.tar.gz.list.txt`, {
        content: Buffer.from(line.replace('20 03', `${day} 03`)),
      });
    }
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan();
    const row = planRow(plan, 'liver');
    expect(row).toMatchObject({ status: 'rejected', rule: 'all-rejected' });
    expect(row.explanation).toContain('missing from its source or has changed');
    expect(row.explanation).not.toContain('its content passed the format check');
  });

  it('in a cold storage class is a fact about the candidate, and no planned bind', async () => {
    world.archive('h/artifacts-2026-04-20.tar.gz', { 'datasets/liver.csv': csv('liver') });
    const content = readFileSync(join(world.base, 'archive-0'));
    world.bucket.add(KEY, { content, storageClass: 'DEEP_ARCHIVE' });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const row = planRow((await world.plan()).plan, 'liver');
    expect(row.status).toBe('needs_review');
    expect(row.candidates[0]?.evidence.join()).toContain('archive.cold');
  });
});
