import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../../core/finding.js';
import type { ArtifactReader } from '../../../registry/artifacts/artifacts-port.js';
import type { JournalEntry } from '../../../registry/journal/journal-port.js';
import { basenameOf } from '../evidence/expected.js';
import { unsafe } from './destination.js';

const QUARANTINE = '.salvor-quarantine';

export interface QuarantinePorts {
  artifacts: ArtifactReader;
  /** Where recovered files were put; unknown where no root is configured any more. */
  destination: string | undefined;
  onFinding: (finding: Finding) => void;
}

/**
 * After binds were taken back: moves each file that a bind placed into a quarantine folder, if no other row has its
 * path and its content is still the one that was placed. Nothing is ever deleted.
 */
export async function quarantineFiles(
  entries: readonly JournalEntry[],
  ports: QuarantinePorts,
): Promise<void> {
  for (const entry of entries) {
    if (entry.action !== 'bind') continue;
    const bound = boundFile(entry);
    const reason = await moveAway(entry, bound, ports);
    ports.onFinding({
      code: reason === undefined ? 'bind.quarantined' : 'bind.file_left',
      severity: reason === undefined ? 'info' : 'warning',
      subject: entry.artifactId,
      message:
        reason === undefined
          ? `its file was moved to ${QUARANTINE}`
          : `its file was left where it is: ${reason}`,
    });
  }
}

interface BoundFile {
  /** Absent when the bind did not change it. */
  path?: string;
  sha256?: string;
}

function boundFile(entry: JournalEntry): BoundFile {
  const after = JSON.parse(entry.after) as { file_path?: unknown; metadata?: { file_sha256?: unknown } };
  return {
    ...(typeof after.file_path === 'string' ? { path: after.file_path } : {}),
    ...(typeof after.metadata?.file_sha256 === 'string' ? { sha256: after.metadata.file_sha256 } : {}),
  };
}

/** Why the file was left; undefined when it was moved. */
async function moveAway(
  entry: JournalEntry,
  bound: BoundFile,
  ports: QuarantinePorts,
): Promise<string | undefined> {
  const { destination } = ports;
  if (destination === undefined) return 'no root is configured';
  const [row] = await ports.artifacts.read([entry.artifactId]);
  const path = bound.path ?? row?.path ?? undefined;
  if (path === undefined) return 'nothing says where it is';
  const prefix = `${destination}/`;
  const relative = path.startsWith(prefix) ? path.slice(prefix.length) : path;
  if (unsafe(relative) !== undefined) return 'its path is not one that a file was placed under';
  const own = row?.path === path ? 1 : 0;
  if ((await ports.artifacts.countPath(path)) > own) return 'another row has its path';
  const file = join(destination, relative);
  const stats = await lstat(file).catch(() => undefined);
  if (stats?.isFile() !== true) return 'there is no such file';
  if ((await digestOf(file)) !== bound.sha256) return 'its content is not the one that was placed';
  const folder = join(destination, QUARANTINE);
  // Only so much of a name that two numbers in front of it keep it a name.
  const target = join(folder, `${entry.id}-${basenameOf(relative).slice(-100)}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    await link(file, target);
    await unlink(file);
    return undefined;
  } catch (error) {
    return `it could not be moved: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
