import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../core/failure.js';
import { programFile } from '../../core/program-files.js';
import { ownToken } from '../../dashboard/security/token-file.js';
import { loadConfig } from '../config/load.js';
import { DEFAULT_LISTEN, type OpenedDashboard, openDashboard } from '../dashboard/dashboard.js';
import { writeStderr } from '../terminal/output.js';
import type { Style } from '../terminal/style.js';
import { actorHere } from '../wiring/artifacts.js';
import { stateOf } from './demo-config.js';
import type { DemoDirectory } from './demo-directory.js';

/** The demo's dashboard, and the location of its token. */
export interface DemoDashboard extends OpenedDashboard {
  tokenFile: string;
}

/**
 * Opens the dashboard of `salvor dashboard` on the demo's data. Without `listen`, a free port is used if the default one is
 * taken.
 * @throws Failure `dashboard.*`, `registry.*`
 */
export async function openDemoDashboard(
  { path, registry }: DemoDirectory,
  listen: string | undefined,
): Promise<DemoDashboard> {
  const { config } = loadConfig(join(path, 'salvor.yaml'));
  const { file, secret } = ownToken(stateOf(path));
  const open = (at: string): Promise<OpenedDashboard> =>
    openDashboard({
      config,
      flags: { registry: `embedded:${registry}`, listen: at },
      own: { actor: actorHere(), secret },
      pages: fileURLToPath(programFile('dashboard/pages')),
      log: (line) => writeStderr(`salvor: ${line}`),
    });
  const opened = await open(listen ?? DEFAULT_LISTEN).catch((error: unknown) => {
    const taken = error instanceof Failure && error.code === 'dashboard.listen';
    if (listen === undefined && taken) return open('127.0.0.1:0');
    throw error;
  });
  return { ...opened, tokenFile: file };
}

/** The last message of a demo with a dashboard. */
export function servedText({ server, tokenFile }: DemoDashboard, style: Style): string {
  return `${style.bold('The dashboard of the demo is running.')} This link signs you in once, within 15 minutes:

  ${style.bold(server.signInUrl)}

  Later, or in another browser: ${server.url}, with the token in ${tokenFile}
  Ctrl-C stops the dashboard, the registry and the S3 server
`;
}
