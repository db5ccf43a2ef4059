import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readJournalValues,
  sameJson,
  writeJournalValues,
} from '../../src/registry/journal/journal-values.js';
import { isReadableKey } from '../support/readable-keys.js';

const key = fc
  .oneof(fc.string(), fc.constantFrom('__proto__', 'metadata', 'file_path'))
  .filter(isReadableKey);
const raw = fc.oneof(fc.constantFrom('1.0', 'null', '12345678901234567890'), fc.json());

describe('the content of a journal entry', () => {
  it('is read back as written: absent, null and raw text are distinguished', () => {
    fc.assert(
      fc.property(
        fc.option(fc.option(fc.string()), { nil: undefined }),
        fc.option(fc.dictionary(key, raw, { noNullPrototype: true }), { nil: undefined }),
        fc.boolean(),
        (path, keys, isNull) => {
          const values = {
            ...(path === undefined ? {} : { path }),
            ...(keys === undefined ? {} : { metadata: { isNull, keys: isNull ? {} : keys } }),
          };
          expect(readJournalValues(writeJournalValues(values))).toEqual(values);
        },
      ),
    );
  });
});

describe('comparing JSON values', () => {
  it.each<[string | null, string | null, boolean]>([
    [null, null, true],
    [null, 'null', false],
    ['{"a":1,"b":[2]}', '{ "b": [ 2 ], "a": 1 }', true],
    ['12345678901234567890', '12345678901234567891', false],
    ['1.0', '1', true],
    ['1e3', '1000', true],
    ['-0.00120', '-12e-4', true],
    ['-0', '0', true],
    ['10', '1', false],
    ['-1', '1', false],
    ['"1"', '1', false],
    ['[1,2]', '[2,1]', false],
    ['"a 1 b"', '"a 1 b"', true],
    ['"\\u0061"', '"a"', true],
  ])('%s and %s', (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
    expect(sameJson(b, a)).toBe(same);
  });
});
