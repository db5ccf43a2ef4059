import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson, decodeText, encodeJson, encodeText } from '../../src/registry/text.js';
import { isReadableKey } from '../support/readable-keys.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\0', '\u241b', '\ud83d', '\ude00', '0', 'u', 'ud83d', 'a', '\\', '\u0000'))
    .map((a) => a.join('')),
);

describe('text as PostgreSQL can store it', () => {
  it('any text is returned unchanged', () => {
    fc.assert(fc.property(anyText, (text) => decodeText(encodeText(text)) === text));
  });

  it('what is stored has no NUL and no half surrogate pair', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(encodeText(text)).not.toMatch(/\0|\p{Surrogate}/u);
      }),
    );
  });

  it('different texts are stored differently', () => {
    fc.assert(fc.property(anyText, anyText, (a, b) => (encodeText(a) === encodeText(b)) === (a === b)));
  });

  it('a prefix that ends in an ordinary character stays a prefix', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => encodeText(`${a}/${b}`).startsWith(encodeText(`${a}/`))),
    );
  });

  it('ordinary text is stored as it is', () => {
    expect(encodeText('s3://bucket/ä\\n😀%"\t.tar.gz')).toBe('s3://bucket/ä\\n😀%"\t.tar.gz');
  });

  it('JSON is returned with odd texts in keys and values', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          anyText.filter((key) => key !== '__proto__' && isReadableKey(encodeText(key))),
          fc.array(anyText),
        ),
        (value) => {
          expect(decodeJson(JSON.parse(encodeJson(value)))).toEqual({ ...value });
        },
      ),
    );
  });
});
