import { expect, it } from 'vitest';
import { parseArchive, parsePrefix } from '../../src/cli/listings/archive-refs.js';
import type { Failure } from '../../src/core/failure.js';

it.each([
  ['s3://bucket/a.tar', 's3://bucket/', 'a.tar'],
  ['s3://bucket/h/1/a.tar', 's3://bucket/h/1/', 'h/1/a.tar'],
  ['s3://bucket//a.tar', 's3://bucket//', '/a.tar'],
  ['s3://bucket/h//a.tar', 's3://bucket/h//', 'h//a.tar'],
])('%s is an archive in the store of its directory', (text, storeUrl, key) => {
  expect(parseArchive(text)).toEqual({ storeUrl, key });
});

it('a file URL and a path name the same archive', () => {
  const [storeUrl, key] = [`file://${import.meta.dirname}`, 'archive-refs.test.ts'];
  for (const text of [`${storeUrl}/${key}`, `${import.meta.dirname}/${key}`])
    expect(parseArchive(text)).toEqual({ storeUrl, key });
});

it.each([
  ['s3://bucket', /is a bucket/],
  ['s3://bucket/h/', /is a prefix/],
  [import.meta.dirname, /is a directory/],
  ['', /is empty/],
])('%j is refused', (text, why) => {
  expect(() => parseArchive(text)).toThrow(why);
  if (text === '') return;
  const hinted = (forAll?: string): unknown => {
    try {
      return parseArchive(text, forAll);
    } catch (error) {
      return (error as Failure).hint;
    }
  };
  expect(hinted()).toBe('pass the path or URL of an archive');
  expect(hinted('--missing')).toBe('pass the path or URL of an archive, or add --missing');
});

it('a prefix is a URL, or the path of a directory', () => {
  expect(parsePrefix('s3://bucket/h')).toBe('s3://bucket/h/');
  expect(parsePrefix('/mnt/backups')).toBe('file:///mnt/backups/');
});
