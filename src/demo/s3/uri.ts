import { encodeUri } from '../../core/uri.js';

/** Encodes a key like `EncodingType=url`: slashes are kept, a space becomes a plus sign. */
export function encodeListed(key: string): string {
  if (/^[\w.~/-]*$/.test(key)) return key;
  return encodeUri(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

/** Parses the query of a raw request target, in order. @throws URIError if it is not validly encoded */
export function parseQuery(raw: string): [string, string][] {
  if (raw === '') return [];
  return raw.split('&').map((part) => {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    return [
      decodeURIComponent(name.replaceAll('+', '%20')),
      decodeURIComponent(value.replaceAll('+', '%20')),
    ];
  });
}
