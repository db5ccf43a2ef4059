import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LedgerWorld } from '../world.js';

const LISTING = '-rw-r--r-- u/g 4 2026-01-01 00:00 data.csv\n';
/** Older than any grace. */
const OLD = new Date('2026-01-01T00:00:00Z');

export const inRoot = (world: LedgerWorld, ...path: string[]): string => join(world.base, 'root', ...path);
export const inStore = (world: LedgerWorld, ...path: string[]): string => join(world.base, 'store', ...path);
export const storeUrl = (world: LedgerWorld, key = ''): string => `file://${inStore(world)}/${key}`;

/** Files a and b, registered and hashed. */
export async function hashed(world: LedgerWorld): Promise<void> {
  for (const id of ['a', 'b']) {
    world.file(id, `content of ${id}`);
    await world.row(id, id);
  }
  await world.run('checksums backfill');
}

/** An object in the store, as old as the others. */
export function object(world: LedgerWorld, key: string, content: string | Buffer): void {
  mkdirSync(dirname(inStore(world, key)), { recursive: true });
  writeFileSync(inStore(world, key), content);
  utimesSync(inStore(world, key), OLD, OLD);
}

/** What is called an archive and has a listing, for a job that opens neither. */
export function archive(world: LedgerWorld, key: string, content = 'an archive'): void {
  object(world, key, content);
  writeFileSync(inStore(world, `${key}.list.txt`), LISTING);
}

/** A tar of the file a. */
export function tar(world: LedgerWorld, key: string, ...flags: string[]): void {
  mkdirSync(dirname(inStore(world, key)), { recursive: true });
  execFileSync('tar', ['-C', inRoot(world), ...flags, '-cf', inStore(world, key), 'a']);
  utimesSync(inStore(world, key), OLD, OLD);
}

/** Changes one bit of an object where `text` is, or this many bytes before its end; its size and time stay. */
export function flip(world: LedgerWorld, key: string, at: string | number): void {
  const content = readFileSync(inStore(world, key));
  const offset = typeof at === 'string' ? content.indexOf(at) : content.length - at;
  content[offset] = (content[offset] ?? 0) ^ 1;
  object(world, key, content);
}
