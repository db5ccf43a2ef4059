import { createHash, type Hash } from 'node:crypto';
import { isPlainFile, type TarMember } from './member.js';
import { type TarEnd, TarReader } from './reader.js';

/** Gets each member when its content is over; the digest is there for regular files that are not sparse. */
export type OnMember = (member: TarMember, sha256: Uint8Array | undefined) => void;

/** Reads a tar stream and hashes every regular file in it. @throws Damage */
export class TarScan {
  members = 0;
  private hash: Hash | undefined;
  private readonly reader: TarReader;

  constructor(onMember: OnMember) {
    this.reader = new TarReader({
      member: (member) => {
        this.hash = isPlainFile(member) ? createHash('sha256') : undefined;
      },
      data: (bytes) => {
        this.hash?.update(bytes);
      },
      memberEnd: (member) => {
        this.members += 1;
        onMember(member, this.hash?.digest());
      },
    });
  }

  get offset(): number {
    return this.reader.offset;
  }

  push(bytes: Uint8Array): void {
    this.reader.push(bytes);
  }

  end(): TarEnd {
    return this.reader.end();
  }
}
