import { type StandIn, sha256Of } from '../../../files/stand-in.js';
import type { Hit } from '../source-port.js';

/** At most this many stand-ins are followed; thousands of worktrees share the same few. */
const MAX_FOLLOWED = 10_000;
/** Places of one content shown per stand-in. */
const MAX_PLACES = 4;

/** Contents to search for. Grows while directories are searched. */
export interface ByContent {
  digests: Set<string>;
  standIns: StandIn[];
  sizes: Set<number>;
}

/**
 * Stand-ins found in directories, where anyone could have created them. The contents that they state are searched for
 * in later sources and, if found, become candidates for review under the path of the stand-in.
 */
export class StatedContents {
  readonly #followed = new Map<string, { hit: Hit; standIn: StandIn }>();

  readonly #asked: ByContent;

  constructor(asked: ByContent) {
    this.#asked = asked;
  }

  /** Collects the stand-ins among the hits of a source, so that later sources are searched for their contents. */
  learn(hits: Iterable<Hit>): void {
    for (const hit of hits) {
      const standIn = hit.kind === 'directory' ? hit.examined?.standIn : undefined;
      const key = standIn === undefined ? undefined : keyOf(standIn);
      if (standIn === undefined || key === undefined) continue;
      const id = JSON.stringify([key, placeOf(hit)]);
      if (this.#followed.has(id) || this.#followed.size >= MAX_FOLLOWED) continue;
      this.#followed.set(id, { hit, standIn });
      const sha256 = sha256Of(standIn);
      if (sha256 === null) this.#asked.standIns.push(standIn);
      else this.#asked.digests.add(sha256);
      if (sha256 !== null && standIn.sizeBytes !== null) this.#asked.sizes.add(standIn.sizeBytes);
    }
  }

  /** The found contents, each under the path of a stand-in that refers to it. */
  contents(hits: Iterable<Hit>): Hit[] {
    if (this.#followed.size === 0) return [];
    const wanted = new Set([...this.#followed.values()].map(({ standIn }) => keyOf(standIn) ?? ''));
    const byKey = new Map<string, Hit[]>();
    for (const hit of hits) {
      for (const key of [hit.sha256, hit.standsFor]) {
        if (key === undefined || !wanted.has(key) || hit.hint === true) continue;
        const found = byKey.get(key) ?? [];
        if (found.length < MAX_PLACES) byKey.set(key, [...found, hit]);
      }
    }
    return [...this.#followed.values()].flatMap(({ hit, standIn }) =>
      (byKey.get(keyOf(standIn) ?? '') ?? []).map((content) => under(hit, content)),
    );
  }
}

/** The key that a store uses for the content. */
function keyOf(standIn: StandIn): string | undefined {
  return sha256Of(standIn) ?? standIn.key;
}

function under(standIn: Hit, { superseded: _, standsFor: __, ...content }: Hit): Hit {
  const path = placeOf(standIn).replace(/^\/+/, '');
  return { ...content, paths: [path], stated: `${standIn.object}/${standIn.member}` };
}

/** The path of the file that a stand-in is about: its own, or that of the file next to it. */
function placeOf({ object, member, paths }: Hit): string {
  return `${object}/${paths[0] ?? member}`;
}
