import { describe, expect, it } from 'vitest';
import { type SystemdOptions, showUnits, systemdUnits } from '../../src/cli/operate/systemd-units.js';
import { Failure } from '../../src/core/failure.js';

const AFTER = 'sync-full-s3.service';

function unit(path: string, options: Partial<SystemdOptions> = {}): string {
  const found = systemdUnits({ after: AFTER, ...options }).find((file) => file.path === path);
  if (found === undefined) throw new Error(`no unit ${path}`);
  return found.text;
}

const verify = (options: Partial<SystemdOptions> = {}) => unit('salvor-listings-verify.service', options);

describe('the drop-in', () => {
  const path = `${AFTER}.d/salvor.conf`;

  it('starts the verifier after a sync that succeeded and after one that failed', () => {
    const text = unit(path);
    expect(text).toContain(
      '[Unit]\nOnSuccess=salvor-listings-verify.service\nOnFailure=salvor-listings-verify.service\n',
    );
  });

  it('does not change the commands and the trigger of the sync', () => {
    expect(unit(path)).not.toMatch(/^(Exec|OnCalendar|Type|Timeout)/m);
  });

  it('cannot make the sync fail before systemd 249, where it is a command', () => {
    const text = unit(path, { systemdVersion: 247 });
    expect(text).toContain('ExecStopPost=-+/bin/systemctl start --no-block salvor-listings-verify.service');
    expect(text).not.toMatch(/^On(Success|Failure)=/m);
  });

  it('belongs to the named instance of a template', () => {
    expect(systemdUnits({ after: 'sync@host-a.service' })[0]?.path).toBe('sync@host-a.service.d/salvor.conf');
  });
});

describe('the verifier', () => {
  it('has no timer: that of the sync stays the only trigger', () => {
    const timers = systemdUnits({ after: AFTER })
      .map(({ path }) => path)
      .filter((path) => path.endsWith('.timer'));
    expect(timers).toEqual(['salvor-checksums-backfill.timer', 'salvor-watchdog.timer']);
  });

  it('old runs and findings are deleted once a week where the configuration says at which age', () => {
    expect(() => unit('salvor-prune.timer')).toThrow('no unit');
    expect(unit('salvor-prune.timer', { prunes: true })).toContain('OnCalendar=Sun ');
    expect(unit('salvor-prune.service', { prunes: true })).toContain(
      'ExecStart=/usr/bin/salvor prune --yes --config /etc/salvor/salvor.yaml\n',
    );
  });

  it('is run without grace, after the sync', () => {
    expect(verify()).toContain(
      'ExecStart=/usr/bin/salvor listings verify --grace 0 --config /etc/salvor/salvor.yaml\n',
    );
    expect(verify()).toMatch(/^After=.*\bsync-full-s3\.service$/m);
  });

  it('can write only its state directory and the given directories', () => {
    const text = verify({ writable: ['/var/log/salvor', '/var/lib/text files'] });
    expect(text).toContain('ProtectSystem=strict\n');
    expect(text).toContain('NoNewPrivileges=yes\n');
    expect(text).toContain('StateDirectory=salvor\n');
    const writable = text.match(/^ReadWritePaths=.*$/gm);
    expect(writable).toEqual(['ReadWritePaths=-/var/log/salvor', 'ReadWritePaths="-/var/lib/text files"']);
    expect(verify()).not.toContain('ReadWritePaths');
  });

  it('leaves V8 what it needs, and does not invent an account', () => {
    expect(verify()).not.toMatch(/^(MemoryDenyWriteExecute|DynamicUser)=/m);
  });

  it('reads secrets from a file that may be missing, or from credentials', () => {
    expect(verify()).toContain('EnvironmentFile=-/etc/salvor/salvor.env\n');
    const text = verify({ credentials: { aws: '/etc/salvor/aws', pgpass: '/etc/salvor/pgpass' } });
    expect(text).toContain(
      'LoadCredential=aws:/etc/salvor/aws\nEnvironment=AWS_SHARED_CREDENTIALS_FILE=%d/aws\n',
    );
    expect(text).toContain('LoadCredential=pgpass:/etc/salvor/pgpass\nEnvironment=PGPASSFILE=%d/pgpass\n');
  });

  it('names the directory of the credentials in full before systemd 251', () => {
    const text = verify({ credentials: { pgpass: '/etc/salvor/pgpass' }, systemdVersion: 250 });
    expect(text).toContain('Environment=PGPASSFILE=%t/credentials/%n/pgpass\n');
  });

  it('keeps an embedded registry, which others use too, running when it ends', () => {
    expect(verify({ embedded: true })).toContain('KillMode=process\n');
    expect(verify()).not.toContain('KillMode');
  });

  it('quotes what systemd would misread', () => {
    const text = verify({ config: '/etc/my $conf/100%/"x"\\.yaml', salvor: '/opt/a b/salvor' });
    expect(text).toContain(
      'ExecStart="/opt/a b/salvor" listings verify --grace 0 --config "/etc/my $$conf/100%%/\\"x\\"\\\\.yaml"\n',
    );
  });
});

describe('the backfill', () => {
  it('starts with its window, in its time zone, and is not made up for during the day', () => {
    const text = unit('salvor-checksums-backfill.timer', { backfillAt: '03:30', timezone: 'Europe/Berlin' });
    expect(text).toContain('OnCalendar=*-*-* 03:30:00 Europe/Berlin\n');
    expect(text).toContain('Persistent=false\n');
    expect(unit('salvor-checksums-backfill.timer')).toContain('OnCalendar=*-*-* 02:00:00\n');
  });

  it('gives way to other work and is ended by its window, not by systemd', () => {
    const text = unit('salvor-checksums-backfill.service');
    expect(text).toContain('IOSchedulingClass=idle\n');
    expect(text).toContain('TimeoutStartSec=infinity\n');
  });
});

describe('systemdUnits', () => {
  const wrong: Partial<SystemdOptions>[] = [
    { after: 'sync-full-s3' },
    { after: 'sync@.service' },
    { after: '../../etc/x.service' },
    { after: 'a.service\n[Service]' },
    { salvor: 'salvor' },
    { config: 'salvor.yaml' },
    { config: '/etc/x\nExecStartPre=/bin/evil' },
    { environmentFile: 'env' },
    { credentials: { aws: 'aws' } },
    { writable: ['/ok', 'log'] },
    { user: 'a b' },
    { group: 'x\ny' },
    { backfillAt: '24:00' },
    { timezone: 'Europe/Berlin\n' },
    { watchdogEvery: 'hourly\nUnit=x' },
  ];

  it.each(wrong)('refuses %j as a usage error', (options) => {
    let thrown: unknown;
    try {
      systemdUnits({ after: AFTER, ...options });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Failure);
    expect(thrown).toMatchObject({ code: 'usage.invalid', exitCode: 2 });
  });

  it('shows each file under its path', () => {
    const text = showUnits([
      { path: 'a.service', text: 'A\n' },
      { path: 'b.timer', text: 'B\n' },
    ]);
    expect(text).toBe('# /etc/systemd/system/a.service\nA\n\n# /etc/systemd/system/b.timer\nB\n');
  });
});
