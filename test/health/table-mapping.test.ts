import { describe, expect, it } from 'vitest';
import { labelFor } from '../../src/health/labels.js';
import type { TableColumn } from '../../src/health/table-columns.js';
import { checkFields, mapColumns } from '../../src/health/table-mapping.js';

const TYPES = { check_name: 'text', status: 'text' };

function columns(
  types: Record<string, string>,
  more: Record<string, Partial<TableColumn>> = {},
): TableColumn[] {
  return Object.entries(types).map(([name, type]) => ({
    name,
    type,
    typeShown: type,
    maxLength: null,
    labels: null,
    notNull: false,
    hasDefault: false,
    writable: true,
    ...more[name],
  }));
}

function mapping(
  types: Record<string, string>,
  configured: Record<string, string> = {},
  more: Record<string, Partial<TableColumn>> = {},
): Record<string, string> {
  const mapped = mapColumns({ schema: 's', table: 't', columns: columns(types, more) }, configured);
  return Object.fromEntries(mapped.map(({ field, column }) => [field, column]));
}

const required = { notNull: true };
const TYPES_MAPPED = { check_name: 'check_name', status: 'status' };

describe('mapColumns', () => {
  it('fills columns that have the name and a suitable type of a field, and no others', () => {
    expect(mapping({ ...TYPES, metrics: 'jsonb', message: 'varchar', run_id: 'int8', note: 'text' })).toEqual(
      {
        check_name: 'check_name',
        status: 'status',
        metrics: 'metrics',
        message: 'message',
      },
    );
  });

  it('fills scope, exit_code and finished_at only on request', () => {
    const types = { ...TYPES, scope: 'text', exit_code: 'int4', finished_at: 'timestamptz' };
    expect(Object.keys(mapping(types))).toEqual(['check_name', 'status']);
    expect(mapping(types, { scope: 'scope', exit_code: 'exit_code' })).toMatchObject({
      scope: 'scope',
      exit_code: 'exit_code',
    });
  });

  it('lets a configured field have a column that another field is named after', () => {
    expect(
      mapping({ check_name: 'text', message: 'text', state: 'text' }, { status: 'state', host: 'message' }),
    ).toEqual({
      status: 'state',
      host: 'message',
      check_name: 'check_name',
    });
  });

  it.each([
    ['has a default', { hasDefault: true }, false],
    ['may be null', { notNull: false }, false],
    ['is required', {}, true],
  ])('fills an id that %s: %s', (_, id, filled) => {
    const mapped = mapping({ ...TYPES, id: 'uuid' }, {}, { id: { ...required, ...id } });
    expect('id' in mapped).toBe(filled);
  });

  it('never fills what the database generates', () => {
    expect(
      mapping({ ...TYPES, message: 'text' }, {}, { message: { writable: false, hasDefault: true } }),
    ).toEqual(TYPES_MAPPED);
  });

  it.each([
    ['health.column_missing', { check_name: 'text' }, {}, {}, /suitable column for status/],
    ['health.column_missing', { ...TYPES, status: 'int4' }, {}, {}, /suitable column for status/],
    [
      'health.column_missing',
      { metric_name: 'text', status: 'text' },
      { check_name: 'metric_nam' },
      {},
      /no column "metric_nam"/,
    ],
    ['health.column_unmapped', { ...TYPES, team: 'text' }, {}, { team: required }, /requires "team"/],
    ['health.column_type', { ...TYPES, id: 'int8' }, {}, { id: required }, /id: column "id" of s.t/],
    [
      'health.column_type',
      { ...TYPES, run_id: 'int8' },
      {},
      { run_id: required },
      /run_id: column "run_id" of s.t \(int8\)/,
    ],
    ['health.column_type', { ...TYPES, n: 'int8' }, { message: 'n' }, {}, /has an unsuitable type/],
    ['health.column_type', { ...TYPES, n: 'text' }, { message: 'n', host: 'n' }, {}, /mapped to two fields/],
    [
      'health.column_type',
      { ...TYPES, run: 'varchar' },
      { run_id: 'run' },
      { run: { maxLength: 35 } },
      /has an unsuitable type/,
    ],
    [
      'health.column_type',
      { ...TYPES, g: 'text' },
      { message: 'g' },
      { g: { writable: false } },
      /has an unsuitable type/,
    ],
  ] as const)('%s: %j with %j', (code, types, configured, more, message) => {
    let thrown: unknown;
    try {
      mapping(types as Record<string, string>, configured, more);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.any(String) });
  });

  it('names the column that was meant', () => {
    expect(() => mapping({ metric_name: 'text', status: 'text' }, { check_name: 'metric_nam' })).toThrowError(
      expect.objectContaining({ hint: 'did you mean metric_name?' }),
    );
  });
});

describe('checkFields', () => {
  it('refuses a field that does not exist, and names the nearest, exit 2', () => {
    expect(() => checkFields({ chek_name: 'x' })).toThrowError(
      expect.objectContaining({
        code: 'health.field_unknown',
        exitCode: 2,
        hint: 'did you mean check_name?',
      }),
    );
    expect(() => checkFields({ constructor: 'x' })).toThrowError();
    expect(() => checkFields({ check_name: 'x', exit_code: 'y' })).not.toThrow();
  });
});

describe('labelFor', () => {
  it.each([
    ['findings', ['OK', 'WARN', 'CRITICAL'], 'CRITICAL'],
    ['incomplete', ['ok', 'failed', 'unknown'], 'unknown'],
    ['partial', ['ok', 'failed'], 'ok'],
    ['ok', ['Green', 'Red'], 'Green'],
    ['warning', ['info', 'warn', 'err'], 'warn'],
    ['running', ['ok', 'failed'], undefined],
  ])('%s among %j is %s', (value, labels, label) => {
    expect(labelFor(value, labels)).toBe(label);
  });

  it('never maps a bad status to a good label', () => {
    const good = [
      'ok',
      'success',
      'succeeded',
      'passed',
      'healthy',
      'green',
      'good',
      'complete',
      'done',
      'info',
    ];
    for (const bad of ['running', 'findings', 'incomplete', 'interrupted', 'error', 'warning']) {
      expect(labelFor(bad, good)).toBeUndefined();
    }
  });
});
