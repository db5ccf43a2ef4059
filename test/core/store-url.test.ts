import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  hasStoreScheme,
  isRemoteStore,
  isStoreKind,
  parseStoreUrl,
  STORE_FORMS,
  type StoreKind,
  storeKindOf,
} from '../../src/core/store-url.js';

/** A URL of each kind: a kind without one does not compile here. */
const URLS: Record<StoreKind, { url: string; isRemote: boolean }> = {
  s3: { url: 's3://bucket/prefix/', isRemote: true },
  file: { url: 'file:///dir/', isRemote: false },
};

describe.each(Object.entries(URLS))('a store of kind %s', (kind, { url, isRemote }) => {
  it('is recognized by its URL, and its URL is read', () => {
    expect(isStoreKind(kind)).toBe(true);
    expect(hasStoreScheme(url)).toBe(true);
    expect(storeKindOf(url)).toBe(kind);
    expect(parseStoreUrl(url)).toMatchObject({ kind, url });
    expect(isRemoteStore(url)).toBe(isRemote);
  });

  it('is on the pages that say how its URL is written', () => {
    const page = (name: string): string =>
      readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
    const scheme = new RegExp(`\`${kind}://`);
    expect(page('configuration.md'), 'docs/configuration.md, at url').toMatch(scheme);
    expect(page('glossary.md'), 'docs/glossary.md, at store').toMatch(scheme);
  });

  it('is in the text that says how to write URLs', () => {
    const forms = STORE_FORMS.split(' or ').map((form) => parseStoreUrl(form).kind);
    expect(forms).toContain(kind);
  });
});

it('the kind of any other URL is not guessed', () => {
  expect(() => storeKindOf('gs://bucket/')).toThrow('not a store URL');
  expect(hasStoreScheme('gs://bucket/')).toBe(false);
  expect(hasStoreScheme('data/s3://bucket/')).toBe(false);
  expect(isStoreKind('gs')).toBe(false);
});
