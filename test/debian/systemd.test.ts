import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SystemdOptions, systemdUnits } from '../../src/cli/operate/systemd-units.js';

const ANALYZE = 'systemd-analyze';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-units-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The units of an installation, and the service and timer that were there before. */
function install(options: Partial<SystemdOptions>): string[] {
  const units = [
    ...systemdUnits({ after: 'sync-full-s3.service', salvor: '/bin/true', ...options }),
    { path: 'sync-full-s3.service', text: '[Service]\nType=oneshot\nExecStart=/bin/true\n' },
    { path: 'sync-full-s3.timer', text: '[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n' },
  ];
  for (const { path, text } of units) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return units.map(({ path }) => path).filter((path) => !path.endsWith('.conf'));
}

/** What systemd has to say about them; an unknown key is only said, so silence is what counts. */
function complaints(units: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(
    ANALYZE,
    ['verify', ...units.map((unit) => join(directory, unit))],
    { env: { ...process.env, SYSTEMD_UNIT_PATH: `${directory}:` }, encoding: 'utf8' },
  );
  if (error) throw error;
  const ours = `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line.includes(directory) || line.includes('salvor'));
  return status === 0 ? ours.join('\n') : `exit ${status}\n${stdout}${stderr}`;
}

describe('systemd-analyze verify', () => {
  it.each<Partial<SystemdOptions>>([
    {},
    { systemdVersion: 247, credentials: { aws: '/etc/aws' } },
    { embedded: true, timezone: 'Europe/Berlin', watchdogEvery: '*:0/15', backfillAt: '23:45' },
    {
      config: '/etc/my $conf/100%/"x"\\.yaml',
      environmentFile: '/etc/a b/100%',
      credentials: { aws: '/etc/a b/aws', pgpass: '/etc/pg%pass' },
      writable: ['/var/lib/node_exporter/text files', '/var/log/50%'],
    },
  ])('has nothing to say about the units for %j', (options) => {
    expect(complaints(install(options))).toBe('');
  });

  it('would fail if a key were misspelled', () => {
    const units = install({});
    const unit = join(directory, 'salvor-watchdog.service');
    writeFileSync(unit, readFileSync(unit, 'utf8').replace('ProtectClock=', 'ProtectClok='));
    expect(complaints(units)).toContain('ProtectClok');
  });
});
