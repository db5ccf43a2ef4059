import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExitCode } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { StopRequest } from '../../core/stop.js';
import { parseListen } from '../../dashboard/server.js';
import { DEMO_INSERT_SQL, DEMO_TABLE_SQL, demoArtifacts, demoRow } from '../../demo/artifacts.js';
import { directoryCatalog } from '../../demo/s3/directory-catalog.js';
import { startS3Server } from '../../demo/s3/server.js';
import { tour } from '../../demo/tour.js';
import { buildDemoWorld } from '../../demo/world.js';
import { openRegistry, type Registry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { aborted } from '../dashboard/dashboard.js';
import type { GlobalOptions } from '../globals.js';
import { stopOnSignals } from '../signals.js';
import { fitLines } from '../terminal/fit-lines.js';
import { writeStdout } from '../terminal/output.js';
import { stdoutStyle } from '../terminal/style.js';
import { writeDemoConfig, writeDemoProgram } from './demo-config.js';
import { openDemoDashboard, servedText } from './demo-dashboard.js';
import { claimDemoDirectory } from './demo-directory.js';
import { demoNextSteps } from './demo-next.js';
import { keepServer } from './demo-server.js';
import { showTour } from './demo-tour.js';
import type { DemoFlags } from './flags.js';

/**
 * `salvor demo`: builds the sample data, serves its bucket on the loopback interface, runs the real program on it, and then
 * serves the dashboard until a signal arrives. Everything is always closed in reverse order.
 */
export async function demo({ flags }: CommandInput<DemoFlags>): Promise<ExitCode> {
  const stop = stopOnSignals(say);
  const opened: (() => Promise<unknown>)[] = [async () => stop.release()];
  try {
    return await inTurn(flags, stop.signal, (close) => opened.unshift(close));
  } catch (thrown) {
    if (thrown instanceof StopRequest) return thrown.exitCode;
    throw thrown;
  } finally {
    await closeAll(opened);
  }
}

/** If closing one fails, the others are still closed. */
async function closeAll(closes: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failed: unknown[] = [];
  for (const close of closes) await close().catch((error: unknown) => failed.push(error));
  if (failed.length > 0) throw failed[0];
}

/** Builds the sample data, runs the tour, and serves the dashboard. Registers with `later` what must be closed. */
async function inTurn(
  flags: DemoFlags & GlobalOptions,
  signal: AbortSignal,
  later: (close: () => Promise<void>) => void,
): Promise<ExitCode> {
  const style = stdoutStyle(flags);
  // Fail now rather than after the tour.
  if (flags.listen !== undefined) parseListen(flags.listen);
  const directory = await claimDemoDirectory(flags.dir ?? defaultDirectory());
  later(directory.release);
  const world = await buildDemoWorld(directory.path, new Date(), signal);
  const s3 = await startS3Server({ buckets: { demo: await directoryCatalog(world.bucket) } });
  later(() => s3.close());
  writeDemoConfig(directory.path, world, s3.endpoint);
  writeDemoProgram(directory.path);
  later(keepServer(directory.registry));
  // Kept open until the end, so that the registry's server starts only once and not for every command.
  const registry = await openRegistry(`embedded:${directory.registry}`);
  later(() => registry.close());
  await fillTable(registry);
  const created = `Created sample data in ${directory.path}: two hosts, about 60 backups, and ${counted(demoArtifacts().length, 'artifact')}, with planted faults.`;
  console.log(`${fitLines(created, style.columns)}\n`);
  await showTour(tour(world), directory.path, style, signal);
  const steps = await demoNextSteps(registry, directory.path, flags.serve, style);
  if (!flags.serve) {
    await writeStdout(fitLines(steps, style.columns));
    return 0;
  }
  const dashboard = await openDemoDashboard(directory, flags.listen);
  later(() => dashboard.close());
  await writeStdout(fitLines(`${steps}\n${servedText(dashboard, style)}`, style.columns));
  await aborted(signal);
  say(`stopping; the files in ${directory.path} are kept until the next demo`);
  return 0;
}

function say(message: string): void {
  process.stderr.write(`salvor: ${message}\n`);
}

function defaultDirectory(): string {
  return join(tmpdir(), `salvor-demo-${process.getuid?.() ?? 0}`);
}

/** The artifacts table, as an application of the platform would create it. */
async function fillTable({ database }: Registry): Promise<void> {
  await database.query(DEMO_TABLE_SQL);
  for (const artifact of demoArtifacts()) await database.query(DEMO_INSERT_SQL, demoRow(artifact));
}
