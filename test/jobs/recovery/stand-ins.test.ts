import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

/** Every kind of stand-in in every place where one may be: it is followed where it leads somewhere, and never bound. */

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const lfs = (content: string, version = 'https://git-lfs.github.com/spec/v1'): string =>
  `version ${version}\noid sha256:${sha256(content)}\nsize ${content.length}\n`;
const annexKey = (content: string): string => `SHA256E-s${content.length}--${sha256(content)}.csv`;
const md5Key = (content: string): string => `MD5E-s${content.length}--${md5(content)}.csv`;
const annexPath = (key: string): string => `../.git/annex/objects/aa/bb/${key}/${key}`;

interface Kind {
  name: string;
  /** What the stand-in for a content is: the bytes of a file, or the target of a link. */
  bytes?: (content: string) => string | Buffer;
  link?: (content: string) => string;
  /** Where its tool keeps the content, below `.git`; absent where it names none that could be found. */
  stored?: (content: string) => string;
  extension?: string;
}

const lfsStored = (content: string): string =>
  `lfs/objects/${sha256(content).slice(0, 2)}/${sha256(content).slice(2, 4)}/${sha256(content)}`;
const annexStored = (key: string): string => `annex/objects/aa/bb/${key}/${key}`;

const KINDS: readonly Kind[] = [
  { name: 'lfs', bytes: (content) => lfs(content), stored: lfsStored },
  { name: 'lfs-crlf', bytes: (content) => lfs(content).replaceAll('\n', '\r\n'), stored: lfsStored },
  { name: 'lfs-bom', bytes: (content) => `\ufeff${lfs(content)}`, stored: lfsStored },
  {
    name: 'lfs-utf16',
    bytes: (content) => Buffer.from(`\ufeff${lfs(content)}`, 'utf16le'),
    stored: lfsStored,
  },
  {
    name: 'lfs-hawser',
    bytes: (content) => lfs(content, 'https://hawser.github.com/spec/v1'),
    stored: lfsStored,
  },
  {
    name: 'annex-pointer',
    bytes: (content) => `/annex/objects/${annexKey(content)}\n`,
    stored: (content) => annexStored(annexKey(content)),
  },
  {
    name: 'annex-md5',
    bytes: (content) => `/annex/objects/${md5Key(content)}\n`,
    stored: (content) => annexStored(md5Key(content)),
  },
  {
    name: 'annex-link',
    link: (content) => annexPath(annexKey(content)),
    stored: (content) => annexStored(annexKey(content)),
  },
  {
    name: 'annex-link-as-file',
    bytes: (content) => annexPath(annexKey(content)),
    stored: (content) => annexStored(annexKey(content)),
  },
  {
    name: 'dvc',
    bytes: (content) => `outs:\n- md5: ${md5(content)}\n  size: ${content.length}\n  path: x.csv\n`,
  },
  { name: 'rclone', bytes: () => '../elsewhere/x.csv', extension: '.csv.rclonelink' },
  { name: 'cygwin', bytes: () => '!<symlink>../elsewhere/x.csv' },
  { name: 'interix', bytes: () => 'IntxLNK\x01../elsewhere/x.csv' },
  { name: 'smb', bytes: () => 'XSym\n0018\n'.padEnd(1067, ' ') },
];

const PLACES = ['root', 'worktree', 'history', 'listing', 'index', 'scan'] as const;
type PlaceName = (typeof PLACES)[number];
const idOf = (kind: Kind, place: PlaceName): string => `${kind.name}-in-${place}`;
const pathOf = (kind: Kind, place: PlaceName): string =>
  `datasets/${idOf(kind, place)}${kind.extension ?? '.csv'}`;

let world: RecoveryWorld;
let plan: PlanDocument;
let second: PlanDocument;

function put(directory: string, kind: Kind, place: PlaceName): void {
  const whole = join(directory, pathOf(kind, place));
  const content = csv(idOf(kind, place));
  mkdirSync(dirname(whole), { recursive: true });
  if (kind.link !== undefined) symlinkSync(kind.link(content), whole);
  else writeFileSync(whole, kind.bytes?.(content) ?? '');
}

beforeAll(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  for (const kind of KINDS) {
    put(world.root, kind, 'root');
    put(join(world.base, 'worktrees/quest/data/scidex-artifacts'), kind, 'worktree');
    put(join(world.base, 'repo'), kind, 'history');
    for (const place of PLACES) {
      const content = csv(idOf(kind, place));
      if (kind.stored !== undefined) world.file(`repo/.git/${kind.stored(content)}`, content);
      await world.row({ id: idOf(kind, place), path: pathOf(kind, place) });
    }
  }
  world.git('add', '-A');
  world.git('commit', '-q', '-m', 'stand-ins');
  for (const place of ['listing', 'index', 'scan'] as const) {
    const prepare = (directory: string): void => {
      for (const kind of KINDS) put(directory, kind, place);
    };
    const key = `${place}/artifacts-2026-04-20.tar.gz`;
    world.archive(key, {}, { prepare, ...(place === 'listing' ? {} : { listing: null }) });
    if (place === 'index') await world.index(key);
  }
  plan = (await world.plan({ scanUnlisted: true })).plan;
  await world.apply(plan, { scanUnlisted: true });
  second = (await world.plan({ scanUnlisted: true })).plan;
}, 120_000);
afterAll(() => world.close());

/** The recovered content's digest; undefined for a row that was not bound. */
async function boundTo(id: string): Promise<unknown> {
  return (await world.stored(id)).metadata.file_sha256;
}

for (const place of PLACES) {
  describe(`a stand-in in ${place}`, () => {
    it.each(KINDS.map((kind) => [kind.name, kind] as const))('%s', async (_, kind) => {
      const id = idOf(kind, place);
      const content = csv(id);
      const row = planRow(plan, id);
      const leads = kind.stored !== undefined;
      if (leads && (place === 'root' || place === 'history')) {
        expect(row).toMatchObject({ status: 'to_bind' });
        expect(await boundTo(id)).toBe(sha256(content));
        expect(await world.content(id)).toBe(content);
        return;
      }
      expect(await boundTo(id)).toBeUndefined();
      if (leads && place === 'worktree') {
        expect(row).toMatchObject({ status: 'needs_review', rule: '9-weak' });
        const [chosen] = row.candidates.filter((one) => one.cid === row.chosen);
        expect(chosen).toMatchObject({ sha256: sha256(content), tier: 'anchored', rejected: null });
        expect(chosen?.evidence.join(' ')).toContain('anyone could have created that file');
        return;
      }
      // Nothing that a person could accept is the stand-in itself.
      const offered = row.candidates.filter((one) => one.rejected === null && one.sha256 !== null);
      expect(offered).toEqual([]);
      expect(row.status).not.toBe('needs_review');
      if (place !== 'listing' && place !== 'index' && place !== 'scan') return;
      // A listing does not say what a member holds, so it is read before anything is proposed.
      for (const one of [row, planRow(second, id)]) {
        expect(one.status).toBe('rejected');
        expect(one.explanation).toMatch(
          /a Git LFS pointer|a git-annex pointer|a DVC file|link .*stored as a file/,
        );
        expect(one.failure_mode).toContain('all candidates were ruled out');
      }
    });
  });
}
