import { ListingText } from '../../archive/listing/text.js';

/** The part of a file that is examined to see whether it is a listing. */
export const FORM_BYTES = 4096;

/**
 * What a file with the name of a listing really is: an error page of a proxy, a binary file, another program's table.
 * Undefined for what may be a listing.
 */
export function foreignForm(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, FORM_BYTES));
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'it is compressed with gzip';
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
