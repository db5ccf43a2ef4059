import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { destinationChecks } from '../../src/cli/operate/doctor/destination-checks.js';

const links = vi.hoisted(() => ({ work: true }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    link: async (...names: Parameters<typeof real.link>) => {
      if (!links.work) throw Object.assign(new Error('EPERM: link'), { code: 'EPERM' });
      return real.link(...names);
    },
  };
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-destination-'));
});
afterEach(() => {
  links.work = true;
  rmSync(directory, { recursive: true });
});

const texts = async (rules = {}): Promise<string> =>
  JSON.stringify(await destinationChecks(directory, rules));

describe('doctor on the destination of recovered files', () => {
  it('tests whether hard links work, says how files get their names, and leaves nothing behind', async () => {
    expect(await texts()).toContain('hard links work');
    links.work = false;
    expect(await texts()).toContain('hard links do not work: an empty placeholder is created first');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says which mode and group files get, by default those of the directory', async () => {
    chmodSync(directory, 0o2750);
    const gid = process.getgid?.() ?? 0;
    chownSync(directory, process.getuid?.() ?? 0, gid);
    expect(await texts()).toContain(`recovered files get mode 0640 and group ${gid}`);
    chmodSync(directory, 0o755);
    expect(await texts()).toContain('recovered files get mode 0644');
    expect(await texts({ fileMode: 0o600 })).toContain('recovered files get mode 0600');
  });
});
