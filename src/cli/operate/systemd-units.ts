import { usageFailure } from '../../core/failure.js';
import { hardening } from './systemd-hardening.js';
import { commandLine, quoteWord } from './systemd-quote.js';

/** Settings of the units; the defaults suit a package that is installed for all users. */
export interface SystemdOptions {
  /** The service that makes the backups, such as `sync-full-s3.service`; its own timer stays the only trigger. */
  after: string;
  /** Absolute path of the program. */
  salvor?: string;
  config?: string;
  user?: string;
  group?: string;
  /** File with `KEY=value` lines, mode 0600, owned by root; may be missing. */
  environmentFile?: string;
  /** Files with secrets in the formats of the AWS SDK and libpq, readable only by root, passed to the units with LoadCredential. */
  credentials?: { aws?: string; pgpass?: string };
  /** Directories outside the state directory that health events are written to. */
  writable?: readonly string[];
  /** Start of the backfill, as `HH:MM`, and its timezone; `checksums.window` ends it. */
  backfillAt?: string;
  timezone?: string;
  /** As in OnCalendar=. */
  watchdogEvery?: string;
  /** `systemctl --version`; before 249 there is no OnSuccess=, before 251 no %d. Default: new enough. */
  systemdVersion?: number;
  /** The registry is `embedded:DIR`: all units share one server, which must outlive the unit that started it. */
  embedded?: boolean;
  /** `retention` is configured: prune once a week. */
  prunes?: boolean;
}

/** One file below `/etc/systemd/system/`. */
export interface UnitFile {
  path: string;
  text: string;
}

const VERIFY = 'salvor-listings-verify.service';
/** The first systemd that has OnSuccess=. */
const HAS_ON_SUCCESS = 249;
/** The first systemd that has the specifier %d. */
const HAS_CREDENTIALS_SPECIFIER = 251;

/**
 * The drop-in for the backup service and Salvor's own units. Writing them enables nothing: the drop-in takes effect at
 * `daemon-reload`, the timers when they are enabled.
 * @throws Failure `usage.invalid`
 */
export function systemdUnits(options: SystemdOptions): UnitFile[] {
  checkOptions(options);
  return [
    { path: `${options.after}.d/salvor.conf`, text: dropIn(options) },
    { path: VERIFY, text: verifyService(options) },
    { path: 'salvor-checksums-backfill.service', text: backfillService(options) },
    { path: 'salvor-checksums-backfill.timer', text: backfillTimer(options) },
    { path: 'salvor-watchdog.service', text: watchdogService(options) },
    { path: 'salvor-watchdog.timer', text: watchdogTimer(options) },
    ...(options.prunes === true
      ? [
          { path: 'salvor-prune.service', text: pruneService(options) },
          { path: 'salvor-prune.timer', text: pruneTimer() },
        ]
      : []),
  ];
}

/** All units as one text, each under the path of its file. */
export function showUnits(units: readonly UnitFile[]): string {
  return units.map(({ path, text }) => `# /etc/systemd/system/${path}\n${text}`).join('\n');
}

function dropIn(options: SystemdOptions): string {
  const why = `# Verifies the listings after every run of ${options.after}, whether it succeeded or not: a sync that failed
# is when backups lack their listings. The verifier is a unit of its own, so its result never becomes the sync's.`;
  if ((options.systemdVersion ?? HAS_ON_SUCCESS) >= HAS_ON_SUCCESS) {
    return `${why}
[Unit]
OnSuccess=${VERIFY}
OnFailure=${VERIFY}
`;
  }
  return `${why}
# This systemd is older than ${HAS_ON_SUCCESS} and has no OnSuccess=. "-": a failure to start it is not the sync's; "+": as root.
[Service]
ExecStopPost=-+/bin/systemctl start --no-block ${VERIFY}
`;
}

function verifyService(options: SystemdOptions): string {
  return `[Unit]
Description=Salvor: check that every backup has its listing
# If started manually during a sync, it waits: with --grace 0 an unfinished backup would be a false alarm.
After=network-online.target ${options.after}
Wants=network-online.target

${service(options, ['listings', 'verify', '--grace', '0'], 'TimeoutStartSec=6h')}`;
}

function backfillService(options: SystemdOptions): string {
  // The window in the configuration ends the run; systemd's own time limit would kill it.
  const limits = 'TimeoutStartSec=infinity\nNice=10\nIOSchedulingClass=idle\nCPUWeight=20';
  return `[Unit]
Description=Salvor: checksums of registered files
After=network-online.target
Wants=network-online.target

${service(options, ['checksums', 'backfill'], limits)}`;
}

function backfillTimer(options: SystemdOptions): string {
  const zone = options.timezone === undefined ? '' : ` ${options.timezone}`;
  return `[Unit]
Description=Salvor: checksums of registered files, off-peak

[Timer]
OnCalendar=*-*-* ${options.backfillAt ?? '02:00'}:00${zone}
# A missed night is not made up for during the day: outside its window the run would only fail.
Persistent=false

[Install]
WantedBy=timers.target
`;
}

function watchdogService(options: SystemdOptions): string {
  return `[Unit]
Description=Salvor: check that every expected run succeeded
After=network-online.target
Wants=network-online.target
# To send alerts, add here or in a drop-in: OnFailure=your-alert@%n.service

${service(options, ['watchdog'], 'TimeoutStartSec=10min')}`;
}

function watchdogTimer(options: SystemdOptions): string {
  return `[Unit]
Description=Salvor: watchdog

[Timer]
OnCalendar=${options.watchdogEvery ?? 'hourly'}
RandomizedDelaySec=2min
Persistent=true

[Install]
WantedBy=timers.target
`;
}

function pruneService(options: SystemdOptions): string {
  return `[Unit]
Description=Salvor: delete old runs, ended findings and health events, as retention says
After=network-online.target
Wants=network-online.target

${service(options, ['prune', '--yes'], 'TimeoutStartSec=6h\nNice=10')}`;
}

function pruneTimer(): string {
  return `[Unit]
Description=Salvor: retention

[Timer]
OnCalendar=Sun *-*-* 12:00:00
RandomizedDelaySec=1h
Persistent=true

[Install]
WantedBy=timers.target
`;
}

function service(options: SystemdOptions, args: readonly string[], limits: string): string {
  const user = options.user ?? 'salvor';
  const program = options.salvor ?? '/usr/bin/salvor';
  const config = options.config ?? '/etc/salvor/salvor.yaml';
  return `[Service]
Type=oneshot
User=${user}
Group=${options.group ?? user}
ExecStart=${commandLine([program, ...args, '--config', config])}
# Stopped manually at a safe point: not a failure of the unit. The watchdog reports it anyway.
SuccessExitStatus=143
${limits}
TimeoutStopSec=2min
StateDirectory=salvor
StateDirectoryMode=0750
WorkingDirectory=%S/salvor
UMask=0027
${secrets(options)}${embedded(options)}${hardening(options.writable ?? [])}`;
}

function secrets({ environmentFile, credentials, systemdVersion }: SystemdOptions): string {
  // The value of %d, for versions of systemd without %d.
  const directory =
    (systemdVersion ?? HAS_CREDENTIALS_SPECIFIER) < HAS_CREDENTIALS_SPECIFIER ? '%t/credentials/%n' : '%d';
  const lines = [`EnvironmentFile=-${quoteWord(environmentFile ?? '/etc/salvor/salvor.env', 'path')}`];
  if (credentials?.aws !== undefined) {
    lines.push(`LoadCredential=${quoteWord(`aws:${credentials.aws}`, 'path')}`);
    lines.push(`Environment=AWS_SHARED_CREDENTIALS_FILE=${directory}/aws`);
  }
  if (credentials?.pgpass !== undefined) {
    lines.push(`LoadCredential=${quoteWord(`pgpass:${credentials.pgpass}`, 'path')}`);
    lines.push(`Environment=PGPASSFILE=${directory}/pgpass`);
  }
  return `${lines.join('\n')}\n`;
}

function embedded(options: SystemdOptions): string {
  if (options.embedded !== true) return '';
  return `# The embedded registry is one server for all units: it must not be killed with the unit that started it.
KillMode=process
`;
}

function checkOptions(options: SystemdOptions): void {
  const { after, salvor, config, environmentFile, credentials, writable } = options;
  // systemd.unit(5): unit names hold these characters only; a template without an instance cannot be run after.
  if (!/^[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]+)?\.service$/.test(after)) {
    throw usageFailure(
      'usage.invalid',
      `not a service name: ${JSON.stringify(after)}`,
      'such as sync-full-s3.service',
    );
  }
  const paths = [salvor, config, environmentFile, credentials?.aws, credentials?.pgpass, ...(writable ?? [])];
  for (const path of paths) {
    if (path !== undefined && (!path.startsWith('/') || /[\0-\x1f\x7f]/.test(path))) {
      throw usageFailure('usage.invalid', `a unit needs an absolute path: ${JSON.stringify(path)}`);
    }
  }
  checkWord(options.user, /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'the name of a user');
  checkWord(options.group, /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'the name of a group');
  checkWord(options.backfillAt, /^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 02:00');
  checkWord(options.timezone, /^[A-Za-z0-9_+/-]+$/, 'a timezone such as Europe/Berlin');
  checkWord(options.watchdogEvery, /^[A-Za-z0-9 *,:./~-]+$/, 'a calendar event such as hourly');
}

function checkWord(value: string | undefined, pattern: RegExp, what: string): void {
  if (value === undefined || pattern.test(value)) return;
  throw usageFailure('usage.invalid', `not ${what}: ${JSON.stringify(value)}`);
}
