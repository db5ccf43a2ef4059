import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DemoFiles, writeDemoFiles } from './artifact-files.js';
import { demoArtifacts } from './artifacts.js';
import { type DemoPlan, demoPlan, type PlannedArchive } from './plan.js';
import { tar } from './tar.js';

const HOUR_MS = 3_600_000;

/** A built demo world. */
export interface DemoWorld {
  /** The directory with the content of the bucket. */
  bucket: string;
  plan: DemoPlan;
  files: DemoFiles;
}

/**
 * Builds the demo world in an empty directory, with real archives made by tar and backdated.
 * @throws Failure `demo.no_tar`; the signal's reason if aborted, between two archives
 */
export async function buildDemoWorld(directory: string, now: Date, signal: AbortSignal): Promise<DemoWorld> {
  const bucket = join(directory, 'bucket');
  const staging = join(directory, 'staging');
  const plan = demoPlan(now);
  const canary: PlannedArchive = { key: plan.canary, ageHours: 24, listing: 'none' };
  for (const archive of [...plan.archives, canary]) {
    signal.throwIfAborted();
    await writeArchive(bucket, staging, archive, now);
  }
  for (const { key, content, ageHours } of plan.others)
    writeObject(join(bucket, key), content, ageHours, now);
  rmSync(staging, { recursive: true, force: true });
  return { bucket, plan, files: writeDemoFiles(directory, now) };
}

async function writeArchive(
  bucket: string,
  staging: string,
  archive: PlannedArchive,
  now: Date,
): Promise<void> {
  const path = join(bucket, archive.key);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(staging, { recursive: true, force: true });
  for (const [name, content] of membersOf(archive.key))
    writeObject(join(staging, name), content, archive.ageHours, now);
  await tar(['-czf', path, '-C', staging, '.']);
  age(path, archive.ageHours, now);
  if (archive.listing === 'none') return;
  const listing = archive.listing === 'empty' ? '' : await tar(['-tvf', path]);
  writeObject(
    `${path}.list.txt`,
    listing,
    archive.ageHours + (archive.listing === 'stale' ? 48 : -0.05),
    now,
  );
}

/** A few files whose content depends only on the archive's key, so that two demos differ only in their dates. */
function membersOf(key: string): [string, string][] {
  if (key.includes('atlas/artifacts-')) {
    const kept = demoArtifacts().filter(({ place }) => place === 'root' || place === 'backup');
    return kept.flatMap(({ path, content }) => (path === null || content === null ? [] : [[path, content]]));
  }
  const series = /([a-z]+)-\d/.exec(key)?.[1] ?? 'canary';
  return Array.from({ length: 5 }, (_, i) => [
    `${series}/${i % 2 === 0 ? 'datasets' : 'figures'}/item-${i}.csv`,
    `gene,count\n${key.length * (i + 1)},${i}\n`.repeat(20),
  ]);
}

function writeObject(path: string, content: string, ageHours: number, now: Date): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  age(path, ageHours, now);
}

function age(path: string, ageHours: number, now: Date): void {
  const at = new Date(now.getTime() - ageHours * HOUR_MS);
  utimesSync(path, at, at);
}
