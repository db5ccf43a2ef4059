import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawValue, readMetadata, spliceKeys } from '../../src/registry/artifacts/json-text-edit.js';
import { isReadableKey } from '../support/readable-keys.js';

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const key = fc
  .oneof(fc.string({ maxLength: 6 }), fc.constantFrom('file_sha256', 'a', '__proto__', '"', '\\', '😀'))
  .filter(isReadableKey);
const rawLeaf = fc.oneof(
  fc.constantFrom(
    '12345678901234567890',
    '1.0',
    '-0',
    '1e400',
    'true',
    'null',
    '"\\u0066"',
    '"a\\"}],"',
    '{}',
    '[]',
  ),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
);

/** An object's text as anybody may have written it: odd spaces, odd numbers, keys in any order. */
const objectText = fc
  .tuple(
    fc.uniqueArray(key, { maxLength: 5 }),
    fc.array(rawLeaf, { minLength: 5, maxLength: 5 }),
    fc.array(space, { minLength: 22, maxLength: 22 }),
  )
  .map(([keys, values, spaces]) => {
    let next = 0;
    const gap = (): string => spaces[next++] ?? '';
    const members = keys.map(
      (name, i) => `${gap()}${JSON.stringify(name)}${gap()}:${gap()}${values[i]}${gap()}`,
    );
    return `${spaces[20]}{${members.length === 0 ? gap() : members.join(',')}}${spaces[21]}`;
  });

const changes = fc.dictionary(key, fc.option(rawLeaf), { maxKeys: 4, noNullPrototype: true });

describe('splicing keys into an object kept as text', () => {
  it('has the same result as the change to the parsed object', () => {
    fc.assert(
      fc.property(objectText, changes, (text, change) => {
        const expected = new Map(Object.entries(JSON.parse(text)));
        for (const [name, raw] of Object.entries(change)) {
          if (raw === null) expected.delete(name);
          else expected.set(name, JSON.parse(raw));
        }
        expect(new Map(Object.entries(JSON.parse(spliceKeys(text, change))))).toEqual(expected);
      }),
    );
  });

  it('does not change the raw text or order of any other key', () => {
    fc.assert(
      fc.property(objectText, changes, (text, change) => {
        const result = spliceKeys(text, change);
        expect(othersOf(result, change)).toEqual(othersOf(text, change));
        for (const [name, raw] of Object.entries(change)) {
          expect(rawValue(result, readMetadata(result), name)).toBe(raw);
        }
      }),
    );
  });

  it('is undone to the byte by restoring the previous value', () => {
    fc.assert(
      fc.property(objectText, changes, fc.boolean(), (text, change, backwards) => {
        const added = Object.fromEntries(Object.entries(change).filter(([, raw]) => raw !== null));
        const before = Object.entries(added).map(([name]) => [
          name,
          rawValue(text, readMetadata(text), name),
        ]);
        const inverse = Object.fromEntries(backwards ? before.reverse() : before);
        expect(spliceKeys(spliceKeys(text, added), inverse)).toBe(text);
      }),
    );
  });

  it('adds a key in the style of the one before it', () => {
    expect(spliceKeys('{\n  "a": 1\n}', { b: '2' })).toBe('{\n  "a": 1,\n  "b": 2\n}');
    expect(spliceKeys('{"a":1}', { b: '2' })).toBe('{"a":1,"b":2}');
    expect(spliceKeys(' { } ', { b: '2' })).toBe(' {"b":2 } ');
  });
});

describe('reading metadata kept as text', () => {
  it.each([
    ['', 'it is not JSON'],
    ['{"a":1', 'it is not JSON'],
    ["{'a':1}", 'it is not JSON'],
    ['{"a":1} x', 'it is not JSON'],
    ['null', 'it is null in JSON, not an object'],
    ['[1]', 'it is an array, not an object'],
    ['"x"', 'it is a string, not an object'],
    ['12', 'it is a number, not an object'],
    ['{"a":1,"\\u0061":2}', 'it has the key "a" twice'],
  ])('says why %j is bad', (text, reason) => {
    expect(readMetadata(text)).toEqual({ kind: 'bad', reason });
  });

  it('returns a value as written, and null only for an absent key', () => {
    const text = '{ "n" : 12345678901234567890 , "z":null,"file_sha\\u0032\\u0035\\u0036" :"x" }';
    const metadata = readMetadata(text);
    expect(['n', 'z', 'file_sha256', 'gone'].map((name) => rawValue(text, metadata, name))).toEqual([
      '12345678901234567890',
      'null',
      '"x"',
      null,
    ]);
  });

  it('reads nesting deeper than any stack', () => {
    const text = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(readMetadata(text).kind).toBe('object');
    expect(spliceKeys(text, { b: '1' }).endsWith('],"b":1}')).toBe(true);
  });
});

function othersOf(text: string, change: object): [string, string | null][] {
  const metadata = readMetadata(text);
  if (metadata.kind === 'bad') throw new Error(metadata.reason);
  return [...metadata.members.keys()]
    .filter((name) => !Object.hasOwn(change, name))
    .map((name) => [name, rawValue(text, metadata, name)]);
}
