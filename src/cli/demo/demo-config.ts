import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programFile } from '../../core/program-files.js';
import { DEMO_CREDENTIALS } from '../../demo/s3/server.js';
import type { DemoWorld } from '../../demo/world.js';

/** The built program. */
export const MAIN = fileURLToPath(programFile('cli/main.js'));

/** The token file of the demo's dashboard, separate from the account's own installation. */
export const stateOf = (directory: string): string => join(directory, 'state');

/** Environment variables that would point a command to something other than the demo. */
const LEADS_ELSEWHERE = ['SALVOR_REGISTRY', 'AWS_PROFILE', 'AWS_SESSION_TOKEN', 'XDG_STATE_HOME'];

/** The environment of commands that work on the demo. */
export function demoEnvironment(directory: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !LEADS_ELSEWHERE.includes(name));
  return { ...Object.fromEntries(inherited), ...ownVariables(directory) };
}

function ownVariables(directory: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: DEMO_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DEMO_CREDENTIALS.secretAccessKey,
    STATE_DIRECTORY: stateOf(directory),
  };
}

/**
 * Writes the script `salvor`, with which users can work on the demo from any shell: it runs this program with the keys of the
 * demo's bucket, in the demo's directory, so that it uses no other configuration or registry.
 */
export function writeDemoProgram(directory: string): void {
  const variables = Object.entries(ownVariables(directory)).map(([name, value]) => `${name}=${quote(value)}`);
  writeFileSync(
    join(directory, 'salvor'),
    `#!/bin/sh
# salvor on this demo's world, with the keys of its bucket
cd ${quote(directory)} || exit 3
unset ${LEADS_ELSEWHERE.join(' ')}
export ${variables.join(' ')}
exec ${quote(process.execPath)} ${quote(MAIN)} "$@"
`,
    { mode: 0o700 },
  );
}

/** Quotes one word for a POSIX shell. */
export function quote(text: string): string {
  if (/^[\w./=:@+-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Writes the demo's salvor.yaml and backlog file. */
export function writeDemoConfig(directory: string, world: DemoWorld, endpoint: string): void {
  writeFileSync(
    join(directory, 'backlog.txt'),
    `# known to have no listing\n${world.plan.allowlist.join('\n')}\n`,
  );
  writeFileSync(
    join(directory, 'salvor.yaml'),
    `registry: { url: "embedded:registry", guard: [content_hash] }
roots: [ { path: artifacts } ]
recovery:
  sources:
    - { directory: "worktrees/*/artifacts" }
${world.files.hasHistory ? '    - { git: artifacts }\n' : ''}    - { archives: "s3://demo/backups/atlas/", series: "artifacts-*" }
  types:
    dataset: { directories: [datasets], extensions: [.csv, .parquet] }
    model: { directories: [models], extensions: [.joblib], unrecoverable: [ { when: { ram_only: true }, reason: "weights were only ever in memory" } ] }
s3: { endpoint_url: "${endpoint}", region: us-east-1, path_style: true }
backups:
  - url: s3://demo/backups/
    since: ${world.plan.since}
    allowlist: backlog.txt
    grace: 1h
    max_age: 26h
    canary: ${world.plan.canary}
health: { ndjson: events.ndjson, prometheus: salvor.prom }
watchdog: { expect: [ { job: listings verify, within: 26h }, { job: checksums backfill, within: 8d } ] }
`,
  );
}
