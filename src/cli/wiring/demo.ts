import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExitCode, Failure, usageFailure } from '../../core/failure.js';
import { DEMO_INSERT_SQL, DEMO_TABLE_SQL, demoArtifacts, demoRow } from '../../demo/artifacts.js';
import { directoryCatalog } from '../../demo/s3/directory-catalog.js';
import { DEMO_CREDENTIALS, startS3Server } from '../../demo/s3/server.js';
import { buildDemoWorld, type DemoWorld } from '../../demo/world.js';
import { openRegistry, type Registry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import type { DemoFlags } from '../commands/demo.js';
import { type Style, styleFor } from '../style.js';

/** Only a directory with this file in it is ever wiped. */
const MARKER = '.salvor-demo';

/**
 * `salvor demo`: builds the world, serves its bucket on the loopback interface, and runs the real program on it, a
 * process for each command, so that what is shown is what an operator will see.
 */
export async function demo(input: CommandInput<DemoFlags>): Promise<ExitCode> {
  const style = styleFor(input.flags.color && process.stdout.isTTY === true);
  const directory = emptyDirectory(
    input.flags.dir ?? join(tmpdir(), `salvor-demo-${process.getuid?.() ?? 0}`),
  );
  const world = buildDemoWorld(directory, new Date());
  const server = await startS3Server({ buckets: { demo: await directoryCatalog(world.bucket) } });
  writeConfig(directory, world, server.endpoint);
  // Held open until the end, so that the registry's server is started once and not for every command.
  const registry = await openRegistry(`embedded:${join(directory, 'registry')}`);
  try {
    await fillTable(registry);
    console.log(
      `A small world is in ${directory}: two hosts, some 60 backups, 33 artifacts, and faults that were planted.\n`,
    );
    for (const [expected, ...args] of tour(world))
      await expectExit(expected, runShown(args, directory, style));
    console.log(nextSteps(style, directory));
    return 0;
  } finally {
    await registry.close();
    await server.close();
  }
}

/** The commands that are shown, each with the exit code that was planted. */
function tour(world: DemoWorld): [ExitCode, ...string[]][] {
  const newest = world.plan.archives.find(({ key }) => key.includes('atlas/artifacts-'))?.key ?? '';
  return [
    [1, 'listings', 'verify'],
    [0, 'listings', 'build', 's3://demo/backups/', '--missing', '--upload', '--max-findings', '3'],
    [0, 'restore', `s3://demo/${newest}`, 'datasets/expression-0.csv', '-o', 'restored.csv'],
    [1, 'checksums', 'backfill'],
    [0, 'drift', 'list'],
    [0, 'recovery', 'plan', '--archives', 'all'],
    [0, 'recovery', 'apply', '.salvor/plan.json'],
    [0, 'recovery', 'review'],
    [0, 'recovery', 'drill', '--max-findings', '3'],
    [0, 'journal', 'log', '--limit', '3'],
    [0, 'status'],
    [1, 'watchdog'],
  ];
}

function emptyDirectory(path: string): string {
  const directory = resolve(path);
  if (existsSync(directory) && !existsSync(join(directory, MARKER))) {
    throw usageFailure(
      'usage.invalid',
      `${directory} exists and is not a demo's`,
      'name a new one with --dir',
    );
  }
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, MARKER), '');
  return directory;
}

/** The artifacts' table, as an application of the platform's own would have made it. */
async function fillTable({ database }: Registry): Promise<void> {
  await database.query(DEMO_TABLE_SQL);
  for (const artifact of demoArtifacts()) await database.query(DEMO_INSERT_SQL, demoRow(artifact));
}

function writeConfig(directory: string, world: DemoWorld, endpoint: string): void {
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
${world.files.hasHistory ? '    - { git: artifacts }\n' : ''}    - { archives: "s3://demo/backups/", series: "artifacts-*" }
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

/** Runs the program itself, its output shown as it comes, behind the command line that a person would type. */
function runShown(args: string[], directory: string, style: Style): Promise<number> {
  console.log(style.bold(`$ salvor ${args.join(' ')}`));
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: DEMO_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DEMO_CREDENTIALS.secretAccessKey,
  };
  const child = spawn(process.execPath, [main, ...args], {
    cwd: directory,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((done, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      console.log(style.dim(`exit ${code}\n`));
      done(code ?? 3);
    });
  });
}

/** The demo's own promise: what was planted is what is found. */
async function expectExit(expected: ExitCode, actual: Promise<number>): Promise<void> {
  const code = await actual;
  if (code !== expected)
    throw new Failure('demo.unexpected', `the command ended with ${code}, and ${expected} was planted`);
}

function nextSteps(style: Style, directory: string): string {
  return `${style.bold('To try next')}
  cd ${directory}
  salvor listings verify file://${directory}/bucket/backups/ --no-registry
                              the same bucket as a directory, without any of the exemptions
  salvor drift show 1         what is known of a file that is not what it was
  salvor recovery report      which files are missing, where they were looked for, and why that failed
  salvor journal undo RUN     take back what a run wrote
  salvor init                 begin with your own registry and backups
(from a checkout: npx salvor, or node dist/cli/main.js)`;
}
