import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { configSchema } from '../../src/cli/config/schema.js';
import { accessRules } from '../../src/cli/recovery/access-rules.js';

const gidOf = (group: string | number): number | undefined =>
  accessRules(configSchema.parse({ recovery: { group } })).gid;

it('the group of recovered files is named, or given by its number', () => {
  const name = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  expect(gidOf(name)).toBe(process.getgid?.());
  expect(gidOf('4711')).toBe(4711);
  expect(gidOf(4711)).toBe(4711);
  expect(accessRules(configSchema.parse({})).gid).toBeUndefined();
});

it('a group that this host does not know is refused before anything is written', () => {
  expect(() => gidOf('no-such-group-here')).toThrowError(
    expect.objectContaining({ code: 'config.invalid', exitCode: 2 }),
  );
});
