import { timeText } from '../../core/iso-time.js';
import { SIDECAR_SUFFIX, type StandIn } from '../../files/stand-in.js';
import type { Hit } from '../../jobs/recovery/source-port.js';
import type { ReadContent } from '../hashing.js';
import type { ContentStore, StoredContent } from './content-stores.js';
import type { Version } from './history.js';

const STORES: Readonly<Record<ContentStore['kind'], string>> = {
  'git-lfs': 'the Git LFS store',
  'git-annex': 'the git-annex store',
  dvc: 'the DVC cache',
};

/** Shared by all hits of one repository. */
interface RepositoryOfHits {
  /** The name of the source. */
  source: string;
  /** The configured repository; for a submodule, `directory` is a different one. */
  home: string;
  directory: string;
}

/** Converts the versions of one repository to hits. */
export class HitsOfRepository {
  readonly #repository: RepositoryOfHits;

  constructor(repository: RepositoryOfHits) {
    this.#repository = repository;
  }

  ofVersion(version: Version, newer: Version | undefined, content: ReadContent): Hit {
    const { directory } = this.#repository;
    return { ...this.#base(version, directory), version: version.blob, ...superseded(newer), ...content };
  }

  /** A file that states the content of the file next to it, as a stand-in at the path of that file. */
  ofSidecar(version: Version, newer: Version | undefined, content: ReadContent): Hit {
    const hit = this.ofVersion(version, newer, content);
    return { ...hit, member: version.path + SIDECAR_SUFFIX };
  }

  /** A hit that is not read: the id of the blob distinguishes its content. */
  hintOf(version: Version): Hit {
    return { ...this.#base(version, this.#repository.directory), version: version.blob, hint: true };
  }

  /** A content whose stand-in is in the history, under the path of the stand-in. */
  ofStored(version: Version, newer: Version | undefined, stored: StoredContent): Hit {
    const { store, path, sha256, sizeBytes, examined } = stored;
    const base = this.#base(version, store.directory);
    return {
      ...base,
      version: sha256,
      ...superseded(newer),
      sha256,
      sizeBytes,
      examined,
      history: `${base.history} as a stand-in; its content is in ${STORES[store.kind]}`,
      locator: { objects: store.directory, path },
    };
  }

  #base(version: Version, directory: string): Hit {
    const { source, home } = this.#repository;
    const time = timeText(version.committedAt * 1000);
    const commit = version.commit.slice(0, 12);
    const day = time.slice(0, 10);
    return {
      source,
      kind: 'git',
      object: directory,
      member: version.path,
      paths: [version.path],
      mtime: time,
      history: version.deleted ? `deleted in commit ${commit} on ${day}` : `committed in ${commit} on ${day}`,
      age: version.committedAt * 1000,
      locator: { blob: version.blob, ...(directory === home ? {} : { repository: directory }) },
    };
  }
}

/** A content that a stand-in in the root states, found in a Git LFS or git-annex store. */
export function contentHit(source: string, standIn: StandIn, stored: StoredContent): Hit {
  const { store, path, sha256, sizeBytes, examined, mtimeMs } = stored;
  return {
    source,
    kind: 'git',
    object: store.directory,
    version: sha256,
    member: path,
    paths: [path],
    sha256,
    sizeBytes,
    examined,
    age: mtimeMs,
    history: `in ${STORES[store.kind]}`,
    ...(standIn.key === undefined ? {} : { standsFor: standIn.key }),
    locator: { objects: store.directory, path },
  };
}

function superseded(newer: Version | undefined): { superseded?: string } {
  return newer === undefined ? {} : { superseded: `by commit ${newer.commit.slice(0, 12)}` };
}
