import { describe, expect, it } from 'vitest';
import { KeyClassifier } from '../../../src/jobs/listings/scan/classify-key.js';

const classifier = new KeyClassifier({ listingSuffix: '.list.txt', canaryKey: 'b/canary/none.tar.gz' });

describe('KeyClassifier', () => {
  it.each([
    ['b/h/a.tar.gz', 'archive'],
    ['b/h/A.TGZ', 'archive'],
    ['b/h/a.tar.gz.list.txt', 'listing'],
    ['b/h/a.tar.list.txt', 'listing'],
    ['b/h/a.tar.gz.salvor-index', 'index'],
    ['b/h/a.tar.gz.list.txt.bak', 'unrecognised'],
    ['b/h/a.tar.gz.list.txt.list.txt', 'unrecognised'],
    ['b/h/a.tar.gz.LIST.TXT', 'unrecognised'],
    ['b/h/a.tar.gz.gpg', 'unrecognised'],
    ['b/h/a.tar.gz.part-aa', 'unrecognised'],
    ['b/h/a.tar.gz.1', 'unrecognised'],
    ['b/h/a.tar.gz.list.txt.tar.gz', 'archive'],
    ['b/h/target.gz', 'other'],
    ['b/h/notes.list.txt', 'other'],
    ['b/h/.list.txt', 'other'],
    ['b/h/notes.salvor-index', 'other'],
    ['b/h.tar.d/readme.txt', 'other'],
    ['b/h/', 'other'],
    ['b/canary/none.tar.gz', 'canary'],
    ['b/canary/none.tar.gz.list.txt', 'canary_listing'],
    ['b/canary/none.tar.gz.salvor-index', 'canary_index'],
    ['b/canary/none.tar.gz.gpg', 'unrecognised'],
  ])('%s is %s', (key, kind) => {
    expect(classifier.kindOf(key)).toBe(kind);
  });

  it('uses another template', () => {
    const other = new KeyClassifier({ listingSuffix: '.txt' });
    expect(other.kindOf('a.tar.txt')).toBe('listing');
    expect(other.kindOf('readme.txt')).toBe('other');
    expect(other.kindOf('a.tar.list.txt')).toBe('unrecognised');
  });

  it('decides what an archive is by the pattern alone', () => {
    const other = new KeyClassifier({ listingSuffix: '.list.txt', archivePattern: /\.gpg$/u });
    expect(other.kindOf('a.tar.gz.gpg')).toBe('archive');
    expect(other.kindOf('a.tar.gz.gpg.list.txt')).toBe('listing');
    expect(other.kindOf('a.tar.gz.gpg.1')).toBe('unrecognised');
    expect(other.kindOf('a.tar.gz')).toBe('other');
    expect(other.kindOf('a.tgz')).toBe('other');
    expect(other.kindOf('a.tar.gz.list.txt')).toBe('other');
    expect(other.kindOf('a.tar.gz.salvor-index')).toBe('other');
  });
});
