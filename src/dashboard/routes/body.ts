import type { Context as Request } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { counted } from '../../core/pluralize.js';
import type { Env } from '../context.js';
import { badRequest, Refusal } from '../security/refusal.js';

/** Far more than a decision with a note needs. */
const MAX_BODY_BYTES = 64 * 1024;
export const MAX_NOTE_CHARS = 2000;

export const limitedBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new Refusal(413, 'dashboard.request', `the request body is longer than ${MAX_BODY_BYTES} bytes`);
  },
});

/** Parses the JSON object in the body of a change. @throws Refusal */
export async function objectBody(c: Request<Env>): Promise<Record<string, unknown>> {
  // Another site can send a form without a CORS preflight, but not JSON.
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new Refusal(415, 'dashboard.request', 'the content type must be application/json');
  const text = await c.req.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('the request body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('the request body is not a JSON object');
  return value as Record<string, unknown>;
}

/** A required text field. @throws Refusal */
export function textField(body: Record<string, unknown>, name: string, maxChars: number): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw badRequest(`${name} is missing`);
  if (value.length > maxChars) throw badRequest(`${name} is longer than ${counted(maxChars, 'character')}`);
  if (value.includes('\0')) throw badRequest(`${name} contains a NUL character`);
  return value;
}

/** A text field that may be absent, empty or null. @throws Refusal */
export function optionalText(body: Record<string, unknown>, name: string, maxChars: number): string | null {
  const value = body[name];
  if (value === undefined || value === null || value === '') return null;
  const text = textField(body, name, maxChars).trim();
  return text === '' ? null : text;
}

/** Checks that the text is one of the allowed words. @throws Refusal */
export function oneOf<T extends string>(text: string, words: readonly T[], name: string): T {
  const found = words.find((word) => word === text);
  if (found === undefined) throw badRequest(`${name} must be one of ${words.join(', ')}`);
  return found;
}
