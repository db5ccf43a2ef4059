import { expect, it } from 'vitest';
import { printable } from '../../src/core/printable.js';

it('escapes characters that move the cursor, color the line or reverse the writing direction', () => {
  expect(printable('a\u001b[31mb\r\nc\u202ed\u009b')).toBe('a\\u001b[31mb\\u000d\\u000ac\\u202ed\\u009b');
});

it('does not change letters of any script', () => {
  expect(printable('ä 漢字 😀 %20+')).toBe('ä 漢字 😀 %20+');
});
