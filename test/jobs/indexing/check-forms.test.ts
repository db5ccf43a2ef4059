import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/finding.js';
import type { ArchiveRef } from '../../../src/jobs/indexing/archive-ref.js';
import { checkOne } from '../../../src/jobs/indexing/check/check-one.js';
import { FORMS, listingOf } from '../../archive/listing/listing-forms.js';
import { packTar } from '../../archive/support/pack.js';
import { decode } from '../../support/decoders.js';
import { TestStore } from './support.js';

const NAMES = ['./data/a b.csv', 'data/b.csv', 'data/ü.csv'];
let place: TestStore;
let archive: ArchiveRef;
beforeAll(async () => {
  place = new TestStore();
  archive = place.put('a.tar', await packTar(NAMES.map((name) => ({ name, content: 'twelve bytes' }))));
});
afterAll(() => place.remove());

async function check(listing: string | Buffer) {
  place.put('a.tar.list.txt', listing);
  const findings: Finding[] = [];
  const checked = await checkOne(archive, {
    decode,
    directory: place.directory,
    found: (finding) => void findings.push(finding),
  });
  return {
    listing: checked?.listing,
    codes: findings.map(({ code }) => code).filter((code) => code !== 'index.absent'),
  };
}

/** The forms that say what the archive holds: three files, and no links. */
const SAYING_SO = Object.entries(FORMS).filter(([title]) => !title.includes('hard link'));

it.each(SAYING_SO)('the listing is accepted: %s', async (_, form) => {
  // `packTar` dates everything 2023-11-14 22:13 UTC.
  const dated = (name: string) => form.line(name).replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, '2023-11-14 22:13');
  expect(await check(listingOf({ ...form, line: dated }, NAMES))).toEqual({ listing: 'same', codes: [] });
  expect((await check(listingOf({ ...form, line: dated }, NAMES.slice(0, 2)))).codes).toContain(
    'listing.differs',
  );
});
