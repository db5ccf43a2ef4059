import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlanDocument } from '../../src/jobs/recovery/plan/plan-document.js';
import { FORMS, listingOf } from '../archive/listing/listing-forms.js';
import { packTar } from '../archive/support/pack.js';
import { salvor } from '../support/cli.js';
import { RecoveryWorld } from '../support/recovery-world.js';
import { s3Environment } from '../support/s3.js';

/** Forms that are not read, or only by luck. */
const FOREIGN: Record<string, (name: string) => string> = {
  'ls -lR of nothing known': (name) => `./data:\ntotal 8\n-rw-r--r-- 1 root root 12 unknown ${name}\n`,
  'rar l': (name) =>
    ` Attributes      Size    Date   Time   Name\n  ..A....         12  24-04-26 03:11  ${name}|\n`,
  'stat in columns': (name) => `data/a.csv 12 root 03:11\n${name} 12 root 03:11\n`,
  'a checksum file': (name) => `d41d8cd98f00b204e9800998ecf8427e  ${name}\n`,
  'find -printf': (name) => `12 "${name}"\n`,
  'du -a': (name) => `12\t${name}\n`,
  'JSON lines': (name) => `{"name": "${name}"}\n`,
  'a script that failed': () => 'bash: tar: command not found\n',
  HTML: (name) => `<html><body>${name}</body></html>\n`,
  nothing: () => '',
};

const forms = [...Object.keys(FORMS), ...Object.keys(FOREIGN)];
const nameOf = (index: number): string => `wanted-file-${index}.csv`;
/** As long as all forms say that it is. */
const contentOf = (index: number): string => `a,b\n${index},`.padEnd(11, '0').concat('\n');

let world: RecoveryWorld;
beforeAll(async () => {
  world = await RecoveryWorld.create();
  for (const [index, title] of forms.entries()) {
    const key = `forms/${index}/backup.tar`;
    const name = `./data/${nameOf(index)}`;
    const content = contentOf(index);
    const isLink = title.includes('hard link');
    const entries = isLink
      ? [
          { name: 'data/other.csv', content },
          { name, type: 'link' as const, linkname: 'data/other.csv' },
        ]
      : [{ name, content }];
    const form = FORMS[title];
    const listing = form === undefined ? FOREIGN[title]?.(name) : listingOf(form, ['./data/a.csv', name]);
    world.bucket.add(key, { content: await packTar(entries) });
    world.bucket.add(`${key}.list.txt`, { content: listing ?? '' });
    await world.row({ id: title, metadata: { filename: nameOf(index) } });
  }
  const config = {
    registry: { url: world.fresh.url },
    roots: [{ path: world.root }],
    s3: { endpoint_url: world.s3.endpoint, region: world.s3.region },
    recovery: {
      sources: forms.map((_, index) => ({ archives: `s3://scidex/forms/${index}/` })),
      types: { dataset: { directories: ['datasets'], extensions: ['.csv'] } },
      allow_unverified: true,
    },
  };
  writeFileSync(join(world.base, 'salvor.yaml'), JSON.stringify(config), { mode: 0o600 });
});
afterAll(() => world.close());

it('recovery plan finds the file by a listing in any form, or says that the source is not complete', async () => {
  expect(Object.keys(FORMS).length).toBeGreaterThanOrEqual(40);
  const env = { ...s3Environment(world.s3), HOME: world.base };
  const { stdout } = await salvor(['recovery', 'plan', '--json', '--no-progress'], {
    cwd: world.base,
    env,
  });
  const { findings } = JSON.parse(stdout) as { findings: { code: string }[] };
  const plan = JSON.parse(readFileSync(join(world.base, '.salvor/plan.json'), 'utf8')) as PlanDocument;
  const outcomes = forms.map((title, index) => {
    const row = plan.rows.find((one) => one.id === title);
    const isFound = row?.candidates.some(({ path }) => path.endsWith(nameOf(index))) ?? false;
    return [title, isFound ? 'found' : `${plan.sources[index]?.state}`];
  });
  const bad = outcomes.filter(
    ([title = '', outcome]) => outcome !== 'found' && (title in FORMS || outcome !== 'scoped'),
  );
  expect(bad).toEqual([]);
  expect(findings.map((one) => one.code)).toContain('listing.unreadable');
});
