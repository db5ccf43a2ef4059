import { expect, it } from 'vitest';
import { isReport } from '../src/exports/report-types.js';
import { salvor } from './support/cli.js';

it('a document of --json is a report, and other JSON is not', async () => {
  const { stdout } = await salvor(['doctor', '--json', '--no-registry']);
  expect(isReport(JSON.parse(stdout)), stdout).toBe(true);
  for (const other of [null, 1, 'salvor', [], {}, { tool: 'salvor' }, { tool: 'x', exit_code: 0 }])
    expect(isReport(other), JSON.stringify(other)).toBe(false);
});
