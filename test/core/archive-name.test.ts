import { describe, expect, it } from 'vitest';
import { archiveFormat, hasArchiveExtensionInside, tarNameOf } from '../../src/core/archive-name.js';

describe('archiveFormat', () => {
  it.each([
    ['a.tar', 'tar'],
    ['a.tar.gz', 'tar.gz'],
    ['a.tgz', 'tar.gz'],
    ['a.tar.zst', 'tar.zst'],
    ['a.tzst', 'tar.zst'],
    ['a.tar.xz', 'tar.xz'],
    ['a.txz', 'tar.xz'],
    ['a.tar.bz2', 'tar.bz2'],
    ['a.tbz2', 'tar.bz2'],
    ['A.TAR.GZ', 'tar.gz'],
    ['dir/A.Tar', 'tar'],
    ['a.tar.gz.tar', 'tar'],
    ['target.gz', undefined],
    ['atar', undefined],
    ['a.tar/', undefined],
    ['a.gz', undefined],
    ['a.zst', undefined],
    ['a.tar.gz.1', undefined],
    ['', undefined],
  ])('%s is %s', (key, format) => {
    expect(archiveFormat(key)).toBe(format);
  });
});

describe('tarNameOf', () => {
  it.each([
    ['a.tar.gz', 'a.tar'],
    ['a.tgz', 'a.tar'],
    ['A.TAR.ZST', 'A.tar'],
    ['a.b.tbz2', 'a.b.tar'],
    ['a.tar.xz', 'a.tar'],
    ['a.tar', undefined],
    ['a.gz', undefined],
  ])('of %s is %s', (name, tar) => {
    expect(tarNameOf(name)).toBe(tar);
  });
});

describe('hasArchiveExtensionInside', () => {
  it.each([
    ['a.tar.gz.gpg', true],
    ['a.tar.gz.part-aa', true],
    ['a.tar.gz.1', true],
    ['a.tar_old', true],
    ['a.tgz-part', true],
    ['A.TZST.tmp', true],
    ['a.txz.', true],
    ['a.b.tbz2.c', true],
    ['a.tar.gz.list.txt.bak', true],
    ['target.gz', false],
    ['a.target.gz', false],
    ['a.tar2', false],
    ['dir.tar.d/readme', false],
    ['a.tar', false],
    ['readme.txt', false],
    ['', false],
  ])('%s: %s', (key, expected) => {
    expect(hasArchiveExtensionInside(key)).toBe(expected);
  });
});
