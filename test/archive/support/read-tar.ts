import { createHash } from 'node:crypto';
import { normaliseName } from '../../../src/archive/names.js';
import { hasContent, type TarMember } from '../../../src/archive/tar/member.js';
import { TarReader } from '../../../src/archive/tar/reader.js';
import type { TarEnd, TarReport } from '../../../src/archive/tar/report.js';
import { Collector, pieces } from './bytes.js';
import type { PeerView } from './peers.js';

export interface ReadTar extends PeerView {
  members: { member: TarMember; content: Buffer }[];
  end: TarEnd | undefined;
  report: TarReport;
  /** What ended the reading, if anything did. */
  damage: unknown;
}

/** What our own reader finds, in pieces of `width`; damage ends it, and what came before counts. */
export function readTar(tar: Uint8Array, width = tar.length): ReadTar {
  const members: ReadTar['members'] = [];
  let content = new Collector();
  const reader = new TarReader({
    member: () => {
      content = new Collector();
    },
    data: (bytes) => content.add(bytes),
    hole: (count) => content.add(new Uint8Array(count)),
    memberEnd: (member) => members.push({ member, content: content.bytes() }),
  });
  let end: TarEnd | undefined;
  let damage: unknown;
  try {
    for (const piece of pieces(tar, Math.max(1, width))) reader.push(piece);
    end = reader.end();
  } catch (error) {
    damage = error;
  }
  const files = members.filter(({ member }) => hasContent(member));
  return {
    members,
    end,
    report: reader.report,
    damage,
    names: members.map(({ member }) => normaliseName(member.name)),
    contents: new Map(
      files.map(({ member, content: bytes }) => [
        normaliseName(member.name),
        createHash('sha256').update(bytes).digest('hex'),
      ]),
    ),
  };
}

/** What at least two of the peers found and we did not, or found otherwise. */
export function missedOf(ours: PeerView, peers: readonly PeerView[]): string[] {
  const missed: string[] = [];
  const names = new Set(peers.flatMap((peer) => peer.names));
  for (const name of names) {
    const found = peers.filter((peer) => peer.names.includes(name)).length;
    if (found >= 2 && !ours.names.includes(name)) missed.push(`no member ${name}`);
  }
  const contents = new Set(peers.flatMap((peer) => [...peer.contents.keys()]));
  for (const name of contents) {
    const digests = peers.map((peer) => peer.contents.get(name)).filter((digest) => digest !== undefined);
    const agreed = digests.find((digest, i) => digests.indexOf(digest) !== i);
    if (agreed !== undefined && ours.contents.get(name) !== agreed) missed.push(`other content of ${name}`);
  }
  return missed;
}
