import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import type { CommandInput } from '../command-input.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import { printAnswer } from '../terminal/command-result.js';
import { registryUrl, stateUrl } from '../wiring/registry-url.js';
import type { SystemdFlags } from './flags.js';
import { type SystemdOptions, showUnits, systemdUnits, type UnitFile } from './systemd-units.js';

/** `salvor systemd --after SERVICE`: prints the units, or writes them below a directory. */
export async function systemd(input: CommandInput<SystemdFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  const units = systemdUnits(unitOptions(flags, loaded));
  if (flags.out !== undefined) writeUnits(resolve(flags.out), units);
  return printAnswer(input, {
    summary: { units },
    isVerbatim: true,
    text: () =>
      flags.out === undefined
        ? showUnits(units)
        : `${units.map((unit) => join(resolve(flags.out ?? ''), unit.path)).join('\n')}\n`,
  });
}

function unitOptions(
  flags: SystemdFlags & { registry?: string },
  { config, file }: LoadedConfig,
): SystemdOptions {
  const window = config.checksums?.window;
  const given = {
    salvor: flags.salvor ?? process.argv[1],
    config: file,
    user: flags.user,
    group: flags.group,
    environmentFile: flags.environmentFile,
    backfillAt: window?.slice(0, 5),
    timezone: config.checksums?.timezone,
    watchdogEvery: flags.watchdogEvery,
    systemdVersion: installedVersion(),
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const credentials = {
    ...(flags.awsCredentials === undefined ? {} : { aws: flags.awsCredentials }),
    ...(flags.pgpass === undefined ? {} : { pgpass: flags.pgpass }),
  };
  const files = [config.health?.ndjson, config.health?.prometheus].filter((path) => path !== undefined);
  const scripts = config.registry?.emit_sql === undefined ? [] : [config.registry.emit_sql];
  return {
    after: flags.after,
    ...set,
    credentials,
    prunes: Object.keys(config.retention ?? {}).length > 0,
    writable: [...new Set([...files.map((path) => dirname(path)), ...scripts])],
    // The state can be embedded even if the registry is not.
    embedded: [registryUrl(flags.registry, config.registry?.url), stateUrl(flags.registry, config)].some(
      (url) => url.startsWith('embedded:'),
    ),
  };
}

/** Undefined if this host has no systemd; then the units are for another host, with an assumed recent version. */
function installedVersion(): number | undefined {
  const { stdout } = spawnSync('systemctl', ['--version'], { encoding: 'utf8', timeout: 5000 });
  const version = Number(/^systemd (\d+)/.exec(stdout ?? '')?.[1]);
  return Number.isInteger(version) ? version : undefined;
}

function writeUnits(directory: string, units: readonly UnitFile[]): void {
  for (const { path, text } of units) {
    const file = join(directory, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { flag: 'wx', mode: 0o644 });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw usageFailure(
        'config.unreadable',
        `cannot write ${file}: ${reason}`,
        'an existing file is never replaced',
      );
    }
  }
}
