/**
 * Whether `JSON.parse` reads the key as it was written. V8 13.6 and later (Node 24 and 26) may take a key with an escape
 * for a backslash after another object had one in its place: https://github.com/nodejs/node/issues/63785. Properties
 * that compare with `JSON.parse` would fail by chance there, so they leave such keys out.
 */
export function isReadableKey(key: string): boolean {
  return !hasFault || JSON.stringify(key) === `"${key}"`;
}

const hasFault = ((): boolean => {
  JSON.parse('{"h":[],"\\\\":0}');
  return Object.keys(JSON.parse('{"h":1,"\\"":2}'))[1] !== '"';
})();
