import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showName, tableNames } from '../../src/health/table-name.js';

describe('tableNames', () => {
  it.each([
    ['fleet_health_events', ['"fleet_health_events"']],
    ['ops.events', ['"ops"."events"']],
    ['Ops.Events', ['"Ops"."Events"', '"ops"."events"']],
    ['"Ops".Events', ['"Ops"."Events"', '"Ops"."events"']],
    ['"a.b"."c ""d"""', ['"a.b"."c ""d"""']],
    ['größe', ['"größe"']],
  ])('reads %s', (text, names) => {
    expect(tableNames(text).map(showName)).toEqual(names);
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a.b.c',
    'a b',
    '"a',
    'a"b"',
    '""',
    'a; drop table x',
    'x'.repeat(64),
    '"a\0"',
  ])('refuses %j, exit 2', (text) => {
    expect(() => tableNames(text)).toThrowError(
      expect.objectContaining({ code: 'health.table_name', exitCode: 2 }),
    );
  });

  it('takes a name in double quotes literally', () => {
    const part = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 15 })
      .filter((text) => Buffer.byteLength(text) < 64 && !text.includes('\0'));
    fc.assert(
      fc.property(part, part, (schema, table) => {
        const text = showName({ schema, table });
        expect(tableNames(text)).toEqual([{ schema, table }]);
      }),
    );
  });
});
