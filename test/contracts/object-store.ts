import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/core/bytes.js';
import { hasStoreScheme } from '../../src/core/store-url.js';
import type {
  ListRange,
  ObjectInfo,
  StoreLister,
  StoreReader,
  StoreWriter,
} from '../../src/objectstore/port.js';

/** One implementation of the port, on a real store that was empty. All open the same prefix. */
export interface StoreUnderTest {
  lister: StoreLister;
  reader: StoreReader;
  writer: StoreWriter;
  /** Whether any key may be stored. A directory cannot have both `a/` and `a/b`, `//`, or a name over 255 bytes. */
  anyKey: boolean;
  close(): Promise<void>;
}

/** Characters that some layer between the program and the store might mangle. */
const ODD_NAMES: readonly string[] = [
  'a b', 'a+b', 'a%b', 'a%20b', 'a%2Fb', 'a%', 'a&b', 'a&amp;b', 'a<b>c', 'a"b\'c', "a'", 'a#b', 'a?b=c', 'a;b',
  'a:b', 'a@b', 'a=b', 'a$b', 'a,b', 'a!b', 'a*b', 'a(b)', 'a[b]', 'a{b}', 'a|b', 'a\\b', 'a^b', 'a`b', 'a~b',
  'a\nb', 'a\tb', 'a\rb', 'a\x01b', 'a\x1fb', 'a\x7fb', 'a\u0085b', 'a\u00a0b', 'a\u2028b', 'a\ufeffb', '\ufeffa',
  'ä', 'a\u0308', '漢字', '\uff5e', '\ue000', '😀', '𝒳.tar.gz', 'z'.repeat(200), ' lead', 'trail ', '-rf', '.hidden',
  '..double', 'a.tar.gz', 'a.tar.gz.1', 'a.tar.gz.list.txt', 'a.tar.gz.list.txt.bak', 'target.gz', '0', '00', 'A',
  ']]>', '<!--', '&#x41;', '&lt;Key&gt;',
]; // biome-ignore format: a table

/** Keys that only a store without directories can hold. */
const KEYS_OF_BUCKETS: readonly string[] = [
  'folder/',
  'double//slash',
  'folder/x',
  'folder',
  'q'.repeat(900),
];

const DIRECTORY_ORDER: readonly string[] = ['d/a', 'd.tar', 'd-1', 'd0', 'e/1/2', 'e/1.x', 'e/1-x', 'e/10'];

async function collect(lister: StoreLister, range?: ListRange): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const page of lister.list(range)) {
    expect(Math.abs(page.serverTimeMs - Date.now())).toBeLessThan(120_000);
    objects.push(...page.objects);
  }
  return objects;
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** What every implementation of the object store port promises. */
export function objectStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`object store contract: ${name}`, () => {
    let store: StoreUnderTest;
    let scratch: string;
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251)).toString(
      'latin1',
    );

    let uploads = 0;
    async function put(key: string, text: string, options?: { replace: boolean }): Promise<ObjectInfo> {
      uploads += 1;
      const path = join(scratch, String(uploads));
      await writeFile(path, text, 'latin1');
      return store.writer.putFile(key, path, options);
    }

    const under = (key: string): string => store.lister.prefix + key;
    const code = (failure: string): unknown => expect.objectContaining({ name: 'Failure', code: failure });

    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'salvor-contract-'));
      store = await open();
    });

    afterAll(async () => {
      await store.close();
      await rm(scratch, { recursive: true });
    });

    it('an empty store lists nothing', async () => {
      expect(await collect(store.lister)).toEqual([]);
      expect(await store.lister.children(store.lister.prefix, 10)).toEqual({
        prefixes: [],
        keys: [],
        truncated: false,
      });
    });

    it('its url and prefix are normal, and it counts its requests', async () => {
      expect(hasStoreScheme(store.lister.url)).toBe(true);
      expect(store.lister.url).toMatch(/\/$/);
      expect(store.lister.prefix).toMatch(/^$|\/$/);
      expect(store.lister.urlOf(under('x y'))).toBe(`${store.lister.url}x y`);
      const before = store.lister.requests;
      await collect(store.lister);
      expect(store.lister.requests).toBe(before + 1);
    });

    it('a lister has no method that reads content or writes, a reader none that writes', () => {
      for (const method of ['head', 'get', 'putFile']) expect(store.lister).not.toHaveProperty(method);
      expect(store.reader).not.toHaveProperty('putFile');
    });

    it('lists every odd key exactly, once, in UTF-8 order', async () => {
      const names = [...ODD_NAMES, ...DIRECTORY_ORDER, ...(store.anyKey ? KEYS_OF_BUCKETS : [])];
      const expected: { key: string; sizeBytes: number; etag: string | undefined }[] = [];
      for (const odd of names) {
        const { key, sizeBytes, etag } = await put(under(`odd/${odd}`), odd);
        expected.push({ key, sizeBytes, etag });
      }
      expected.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
      const listed = (await collect(store.lister)).filter((object) => object.key.startsWith(under('odd/')));
      expect(listed.map(({ key, sizeBytes, etag }) => ({ key, sizeBytes, etag }))).toEqual(expected);
      expect(listed.map(({ key }) => key)).toEqual(names.map((odd) => under(`odd/${odd}`)).sort(compareUtf8));
      expect(listed.every((object) => Math.abs(object.lastModifiedMs - Date.now()) < 600_000)).toBe(true);
    });

    it('looks up each key alone, and no other that only begins or continues like it', async () => {
      const all = await collect(store.lister);
      for (const { key, ...object } of all) {
        expect(await store.lister.lookUp(key)).toMatchObject({ key, sizeBytes: object.sizeBytes });
        // By characters: half of one is no key.
        for (const other of [`${key}x`, `${key}/x`, [...key].slice(0, -1).join('')]) {
          const found = all.some((listed) => listed.key === other);
          if (!found && other !== '' && !other.endsWith('/'))
            expect(await store.lister.lookUp(other)).toBeUndefined();
        }
      }
    });

    it('any odd key bounds a range: strictly after the start, up to and including the end', async () => {
      const all = (await collect(store.lister)).map((object) => object.key);
      for (const index of all.keys()) {
        const [startAfter = '', endAt = ''] = [all[index], all[index + 3] ?? all.at(-1)];
        const range = (await collect(store.lister, { startAfter, endAt })).map((object) => object.key);
        expect(range).toEqual(all.slice(index + 1, index + 4));
      }
    });

    it('a range may begin and end at keys that do not exist', async () => {
      const all = (await collect(store.lister)).map((object) => object.key);
      const [startAfter, endAt] = [under('odd/a+'), under('odd/a.tar.gz.l')];
      const inside = all.filter((key) => compareUtf8(key, startAfter) > 0 && compareUtf8(key, endAt) <= 0);
      expect(inside.length).toBeGreaterThan(3);
      expect((await collect(store.lister, { startAfter, endAt })).map((object) => object.key)).toEqual(
        inside,
      );
    });

    it('reads every odd key back by its name', async () => {
      for (const odd of ODD_NAMES) {
        const { info, body } = await store.reader.get(under(`odd/${odd}`));
        expect(info.key).toBe(under(`odd/${odd}`));
        expect(await bytesOf(body)).toBe(Buffer.from(odd, 'latin1').toString('latin1'));
      }
    });

    it('more than a page of keys comes in pages that ascend, each key once', async () => {
      const keys = Array.from({ length: 1100 }, (_, i) => under(`many/${String(i).padStart(5, '0')}`));
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => put(key, 'x')));
      }
      let pages = 0;
      const listed: string[] = [];
      for await (const page of store.lister.list({ startAfter: under('many'), endAt: under('many0') })) {
        pages += 1;
        listed.push(...page.objects.map((object) => object.key));
      }
      expect(listed).toEqual(keys);
      expect(pages).toBeGreaterThanOrEqual(2);
    });

    it('children are the prefixes and keys one level below, in order, up to a limit', async () => {
      for (const key of ['kids/a/1', 'kids/a/2', 'kids/b', 'kids/c/d/e', 'kids.x'])
        await put(under(key), 'x');
      const all = await store.lister.children(under('kids/'), 10);
      expect(all).toEqual({
        prefixes: [under('kids/a/'), under('kids/c/')],
        keys: [under('kids/b')],
        truncated: false,
      });
      const some = await store.lister.children(under('kids/'), 2);
      expect(some).toEqual({ prefixes: [under('kids/a/')], keys: [under('kids/b')], truncated: true });
    });

    it('head returns what the listing returned, and a missing object is not found', async () => {
      await put(under('head/a'), content);
      const [listed] = await collect(store.lister, { startAfter: under('head/'), endAt: under('head/a') });
      const head = await store.reader.head(under('head/a'));
      expect(head).toMatchObject({ key: under('head/a'), sizeBytes: content.length, etag: listed?.etag });
      await expect(store.reader.head(under('head/none'))).rejects.toEqual(code('store.not_found'));
      await expect(store.reader.get(under('head/none'))).rejects.toEqual(code('store.not_found'));
    });

    it.each([
      [0, 1],
      [0, 100_000],
      [99_999, 100_000],
      [1, 70_000],
      [65_535, 65_537],
    ])('reads bytes %i to %i', async (start, end) => {
      await put(under('range'), content, { replace: true });
      const { info, body } = await store.reader.get(under('range'), { range: { start, end } });
      expect(info.sizeBytes).toBe(content.length);
      expect(await bytesOf(body)).toBe(content.slice(start, end));
    });

    it('a range of nothing is nothing, and a range beyond the end fails', async () => {
      await put(under('range'), content, { replace: true });
      const { info, body } = await store.reader.get(under('range'), { range: { start: 5, end: 5 } });
      expect([info.sizeBytes, await bytesOf(body)]).toEqual([content.length, '']);
      for (const range of [
        { start: 100_000, end: 100_001 },
        { start: 99_990, end: 100_010 },
      ]) {
        await expect(store.reader.get(under('range'), { range })).rejects.toEqual(code('store.range'));
      }
    });

    it('an empty object reads as nothing', async () => {
      await put(under('empty'), '');
      const { info, body } = await store.reader.get(under('empty'));
      expect([info.sizeBytes, await bytesOf(body)]).toEqual([0, '']);
    });

    it('ifMatch reads the version that it names, and refuses any other', async () => {
      const first = await put(under('version'), 'one');
      const ifMatch = first.etag ?? '';
      expect(await bytesOf((await store.reader.get(under('version'), { ifMatch })).body)).toBe('one');
      const second = await put(under('version'), 'other', { replace: true });
      expect(second.etag).not.toBe(first.etag);
      await expect(store.reader.get(under('version'), { ifMatch })).rejects.toEqual(
        code('store.precondition_failed'),
      );
      const range = { start: 0, end: 1 };
      await expect(store.reader.get(under('version'), { ifMatch, range })).rejects.toEqual(
        code('store.precondition_failed'),
      );
    });

    it('nothing is replaced unless requested', async () => {
      await put(under('once'), 'first');
      await expect(put(under('once'), 'second')).rejects.toEqual(code('store.exists'));
      expect(await bytesOf((await store.reader.get(under('once'))).body)).toBe('first');
      await put(under('once'), 'second', { replace: true });
      expect(await bytesOf((await store.reader.get(under('once'))).body)).toBe('second');
    });

    it('an aborted signal ends a listing and a body with its reason', async () => {
      const reason = new Error('enough');
      const listing = new AbortController();
      const list = async (): Promise<void> => {
        for await (const _page of store.lister.list({ signal: listing.signal })) listing.abort(reason);
      };
      await expect(list()).rejects.toBe(reason);
      const aborted = AbortSignal.abort(reason);
      await expect(store.reader.get(under('once'), { signal: aborted })).rejects.toBe(reason);
      await expect(store.reader.head(under('once'), aborted)).rejects.toBe(reason);
    });
  });
}
