import { sniffCompression } from '../../archive/compression.js';
import { ListingReader } from '../../archive/listing/reader.js';
import { ListingText } from '../../archive/listing/text.js';
import { tarNameOf } from '../../core/archive-name.js';
import { COMPRESSIONS } from '../../core/compressions.js';

/** The part of a file that is examined to see whether it is a listing. */
export const FORM_BYTES = 4096;

/**
 * What a file with the name of a listing really is: an error page of a proxy, a binary file, another program's table.
 * Undefined for what may be a listing.
 */
export function foreignForm(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, FORM_BYTES));
  const compression = sniffCompression(bytes);
  if (compression !== 'none') return `it is compressed with ${compression}`;
  const readable = new ListingText().push(bytes);
  if (readable.includes(0)) return 'it is binary';
  const text = readable.toString('latin1').trimStart();
  if (text === '' && bytes.length > 0) return 'it contains only white space';
  if (/^(?:<!doctype|<html|<head|<body|<!--)/i.test(text)) return 'it is an HTML page';
  if (/^<\?xml|^<[A-Za-z]+(?: [^>]*)?>/.test(text)) return 'it is XML';
  if (/^[{[]\s*["{[\]}]/.test(text)) return 'it is JSON';
  const lines = text.split('\n').slice(0, 20);
  const whole = bytes.length < FORM_BYTES ? lines : lines.slice(0, -1);
  const filled = whole.filter((line) => line.trim() !== '');
  const accounts = filled.filter((line) => /^[\w.$-]+:[^:]*:\d+:\d+:/.test(line));
  return filled.length > 0 && accounts.length === filled.length ? 'it is a list of accounts' : undefined;
}

/**
 * Whether a listing has nothing but the tar that an archive was before it was compressed: `7z l a.tar.gz` and `gzip -l`
 * list that, and no member of it. `head` is the beginning of the listing.
 */
export function listsOnlyTheTar(head: Uint8Array, archiveKey: string): boolean {
  if (head.length >= FORM_BYTES) return false;
  const archive = archiveKey.slice(archiveKey.lastIndexOf('/') + 1);
  const tar = tarNameOf(archive);
  if (tar === undefined) return false;
  const isTar = (text: string): boolean => text.trimEnd().split(/[/ ]/).at(-1) === tar;
  const text = Buffer.from(new ListingText().push(head)).toString('latin1');
  const type = /^Type = (\w+)\r?$/m.exec(text)?.[1];
  if (type !== undefined && Object.hasOwn(COMPRESSIONS, type)) return text.split('\n').some(isTar);
  const names: string[] = [];
  const reader = new ListingReader(({ name }) => {
    if (!name.endsWith(' uncompressed_name')) names.push(name);
  });
  reader.push(head);
  reader.end();
  return names.length === 1 && isTar(names[0] ?? '');
}
