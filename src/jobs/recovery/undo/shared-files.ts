import type { Files, Location } from '../../../files/port.js';
import type { ArtifactReader } from '../../../registry/artifacts/artifacts-port.js';
import { nodeAt } from '../apply/place/files.js';

/** A file that is about to be moved. */
interface OwnedFile {
  key: string;
  artifactId: string;
  root: string;
  path: string;
}

/**
 * Finds which of these files another row also resolves to; returns descriptions by key. Compares the device and inode
 * that paths lead to, so that other spellings, links, stripped prefixes, and case-insensitive disks make no difference.
 * Resolves the path of every row once.
 */
export async function otherOwners(
  files: readonly OwnedFile[],
  ports: { artifacts: ArtifactReader; files: () => Promise<Files> },
): Promise<ReadonlyMap<string, string>> {
  const byNode = new Map<string, OwnedFile[]>();
  for (const file of files) {
    const node = await nodeAt(file.root, file.path);
    if (node === undefined) continue;
    const key = `${node.dev}:${node.inode}`;
    byNode.set(key, [...(byNode.get(key) ?? []), file]);
  }
  const owners = new Map<string, string>();
  if (byNode.size === 0) return owners;
  const opened = await ports.files();
  for await (const page of ports.artifacts.paths()) {
    const locations = await opened.locate(page.map(({ type, path }) => ({ type, path })));
    for (const [i, location] of locations.entries()) {
      const row = page[i];
      if (row === undefined) continue;
      for (const node of nodesOf(location)) {
        for (const file of byNode.get(node) ?? []) {
          if (file.artifactId !== row.id)
            owners.set(file.key, `another row uses the same file: ${row.id} (${row.path})`);
        }
      }
    }
  }
  return owners;
}

function nodesOf(location: Location): string[] {
  const found =
    location.kind === 'file' ? [location.file] : location.kind === 'several' ? location.files : [];
  return found.map(({ identity }) => `${identity.dev}:${identity.ino}`);
}
