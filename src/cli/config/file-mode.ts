import { z } from 'zod';

const READABLE = /^0?[67][0-7]{2}$/;

/**
 * Permission bits as `chmod` takes them: `"0640"`, or the same digits without quotes. The owner must be able to read
 * and write, which also rejects YAML's `0o640`, which is indistinguishable from the number 416.
 */
export const fileMode = z.union([z.string(), z.number()]).transform((value, context) => {
  const digits = String(value);
  if (READABLE.test(digits)) return Number.parseInt(digits, 8);
  context.addIssue({ code: 'custom', message: 'must be chmod permission bits in quotes, such as "0640"' });
  return z.NEVER;
});
