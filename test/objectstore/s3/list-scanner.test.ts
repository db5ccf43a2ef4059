import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listObjectsV2 } from '../../../src/demo/s3/list.js';
import { scanListDocument } from '../../../src/objectstore/s3/list-scanner.js';
import { XmlSyntaxError } from '../../../src/objectstore/s3/xml-scanner.js';
import { MemoryCatalog } from '../../support/s3.js';

const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const object = fc.record({
  key,
  sizeBytes: fc.integer({ min: 0, max: 5 * 1024 ** 4 }),
  lastModifiedMs: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
  etag: fc.stringMatching(/^[0-9a-f]{32}(-[1-9][0-9]{0,3})?$/),
});

function pageOf(
  objects: readonly { key: string; sizeBytes: number }[],
  url: boolean,
  delimiter = '',
): Buffer {
  const bucket = new MemoryCatalog();
  for (const { key: name, ...more } of objects) bucket.add(name, more);
  const query = new Map(url ? [['encoding-type', 'url']] : []);
  if (delimiter !== '') query.set('delimiter', delimiter);
  return listObjectsV2(bucket, 'b', query, { pageSize: 1000, emptyLastPage: false }).body as Buffer;
}

const document = (inner: string): Buffer => Buffer.from(`<ListBucketResult>${inner}</ListBucketResult>`);
const END = '<IsTruncated>false</IsTruncated>';
const CONTENTS = '<Key>k</Key><LastModified>2026-04-24T12:00:00.000Z</LastModified><Size>7</Size>';

describe('a listing document', () => {
  it('gives back every object, whatever characters its key has, url-encoded or not', () => {
    const objects = fc.uniqueArray(object, { selector: (one) => one.key, maxLength: 12 });
    fc.assert(
      fc.property(objects, fc.boolean(), (some, url) => {
        const expected = [...some].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
        expect(scanListDocument(pageOf(some, url))).toEqual({
          objects: expected,
          prefixes: [],
          truncated: false,
        });
      }),
    );
  });

  it('that is cut anywhere is refused', () => {
    const xml = pageOf(
      [
        { key: 'a/<b>&', sizeBytes: 1 },
        { key: 'c', sizeBytes: 2 },
      ],
      true,
    );
    for (let length = 0; length < xml.length; length += 1) {
      expect(() => scanListDocument(xml.subarray(0, length)), `cut at ${length}`).toThrow();
    }
  });

  it('with one changed byte returns objects or is refused, and never fails in another way', () => {
    const xml = pageOf([{ key: 'some key', sizeBytes: 123 }], true);
    fc.assert(
      fc.property(fc.nat(xml.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(xml);
        changed[at] = byte;
        try {
          expect(scanListDocument(changed).objects.length).toBeLessThanOrEqual(1);
        } catch (error) {
          expect(error).toBeInstanceOf(XmlSyntaxError);
        }
      }),
    );
  });

  it('may contain unrequested parts: owners, attributes, comments, white space, self-closing tags', () => {
    const xml = `<?xml version="1.0"?>\n<!-- <Contents> -->\n<ListBucketResult xmlns="a>b" x='"'>
      <Prefix/><MaxKeys>1</MaxKeys >
      <Contents ><Owner><ID>o</ID><Key>not this</Key></Owner>${CONTENTS}<ETag>"e"</ETag></Contents>
      <IsTruncated> true </IsTruncated><NextContinuationToken>a&amp;b&#x2F;</NextContinuationToken>
    </ListBucketResult>\n`;
    expect(scanListDocument(Buffer.from(xml))).toEqual({
      objects: [{ key: 'k', sizeBytes: 7, lastModifiedMs: Date.UTC(2026, 3, 24, 12), etag: 'e' }],
      prefixes: [],
      truncated: true,
      token: 'a&b/',
    });
  });

  it('may name the encoding after the keys, and decodes only when it is named', () => {
    const contents = `<Contents>${CONTENTS.replace('>k<', '>a+b%2B%F0%9F%98%80<')}</Contents>`;
    const keyOf = (inner: string): string | undefined => scanListDocument(document(inner)).objects[0]?.key;
    expect(keyOf(`${contents}${END}<EncodingType>url</EncodingType>`)).toBe('a b+😀');
    expect(keyOf(`${contents}${END}`)).toBe('a+b%2B%F0%9F%98%80');
  });

  it('returns common prefixes', () => {
    const xml = pageOf(
      [
        { key: 'a b/1', sizeBytes: 1 },
        { key: 'a b/2', sizeBytes: 1 },
        { key: 'c', sizeBytes: 1 },
      ],
      true,
      '/',
    );
    expect(scanListDocument(xml).prefixes).toEqual(['a b/']);
  });

  it.each([
    ['another root', '<Error></Error>'],
    ['HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['no word on whether there is more', document('').toString()],
    ['a word that is neither true nor false', document('<IsTruncated>maybe</IsTruncated>').toString()],
    [
      'an object without a key',
      document(`<Contents>${CONTENTS.replace(/<Key>.*<\/Key>/, '')}</Contents>${END}`).toString(),
    ],
    [
      'an object without a size',
      document(`<Contents>${CONTENTS.replace(/<Size>.*<\/Size>/, '')}</Contents>${END}`).toString(),
    ],
    [
      'an object without a date',
      document(`<Contents>${CONTENTS.replace('2026', 'never')}</Contents>${END}`).toString(),
    ],
    ['a negative size', document(`<Contents>${CONTENTS.replace('>7<', '>-7<')}</Contents>${END}`).toString()],
    [
      'an unknown entity',
      document(`<Contents>${CONTENTS.replace('>k<', '>&evil;<')}</Contents>${END}`).toString(),
    ],
    [
      'a surrogate as a reference',
      document(`<Contents>${CONTENTS.replace('>k<', '>&#xd800;<')}</Contents>${END}`).toString(),
    ],
    ['a doctype', `<!DOCTYPE x [<!ENTITY a "b">]>${document(END)}`],
    [
      'CDATA',
      document(`<Contents>${CONTENTS.replace('>k<', '><![CDATA[k]]><')}</Contents>${END}`).toString(),
    ],
    [
      'a comment within a key',
      document(`<Contents>${CONTENTS.replace('>k<', '>k<!-- -->y<')}</Contents>${END}`).toString(),
    ],
    ['a second root', `${document(END)}${document(END)}`],
    ['depth without end', document(`${'<a>'.repeat(50)}${'</a>'.repeat(50)}${END}`).toString()],
  ])('with %s is refused', (_name, xml) => {
    expect(() => scanListDocument(Buffer.from(xml))).toThrow(XmlSyntaxError);
  });

  it('with a lone percent sign in an encoded key is refused', () => {
    const inner = `<EncodingType>url</EncodingType><Contents>${CONTENTS.replace('>k<', '>100%<')}</Contents>${END}`;
    expect(() => scanListDocument(document(inner))).toThrow('encoding');
  });

  it('with bytes that are not UTF-8 is refused', () => {
    const xml = document(`<Contents>${CONTENTS.replace('>k<', '>\u00ff<')}</Contents>${END}`);
    expect(() => scanListDocument(Buffer.from(xml.toString(), 'latin1'))).toThrow('encoding');
  });
});
