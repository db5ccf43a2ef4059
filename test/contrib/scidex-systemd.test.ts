import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { systemdUnits } from '../../src/cli/operate/systemd-units.js';

const directory = join(import.meta.dirname, '../../contrib/scidex/systemd');
const units = systemdUnits({ after: 'sync-full-s3.service' });

describe('contrib/scidex/systemd', () => {
  it('holds the files that `salvor systemd --after sync-full-s3.service` prints, and no other', () => {
    const files = globSync('**/*', { cwd: directory, dot: true }).sort();
    expect(files).toEqual(units.map(({ path }) => path).sort());
  });

  it.each(units)('has $path exactly as printed', ({ path, text }) => {
    expect(readFileSync(join(directory, path), 'utf8')).toBe(text);
  });
});
