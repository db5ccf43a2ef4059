import { HoleBudget } from '../../archive/holes.js';
import { normaliseName } from '../../archive/names.js';
import { hasContent, type TarMember } from '../../archive/tar/member.js';
import { Failure } from '../../core/failure.js';
import { formatSize } from '../../core/sizes.js';
import type { ContentSink, Wanted } from '../../jobs/recovery/source-port.js';

/** One member that is looked for in a pass over an archive. */
export interface Sought {
  wanted: Wanted;
  /** The names that it may have, `./` taken off: a line of a listing can be read in several ways. */
  names: readonly string[];
  /** Only members before this place count: where the hard link is that leads to it. */
  before: number;
  /** Where its header is, if an index says so. */
  at?: number;
  /** What a listing says that it is a hard link to. */
  target?: string;
  /** How many members of this name the listing has; absent where it can be read in several ways. */
  listed?: number;
  /** What the listing says of its size. */
  sizeBytes?: number;
}

/** What to look for in the archive to get what a search has found. */
export function sought(wanted: Wanted): Sought {
  const { hit } = wanted;
  const { also, at, member, occurrences, target } = hit.locator;
  const isLink = typeof target === 'string';
  // An index leads to the member that holds the content; a listing only has the name.
  const others = typeof also === 'string' ? also.split('\0') : [];
  const names = [String(member ?? hit.member), ...others].map(normaliseName);
  return {
    wanted,
    names: [...new Set(names)],
    before: Number.POSITIVE_INFINITY,
    ...(at === undefined ? {} : { at: Number(at) }),
    ...(isLink && target !== '' ? { target: normaliseName(target) } : {}),
    ...(occurrences === undefined || at !== undefined ? {} : { listed: Number(occurrences) }),
    ...(isLink || hit.sizeBytes === undefined ? {} : { sizeBytes: hit.sizeBytes }),
  };
}

interface Content {
  sha256: string;
  sizeBytes: number;
}

/** How far one member has come: the last one of its name counts, so each new one replaces what was there. */
export class Take {
  sink: ContentSink | undefined;
  /** Where its content ends in the uncompressed tar. */
  endAt = 0;
  content: Content | undefined;
  done = false;
  #seen = 0;
  #last: 'none' | 'content' | 'link' | 'target' = 'none';
  #wrong: Failure | undefined;
  #link: { name: string; at: number } | undefined;
  /** Whether the member that the listing means has the size that it says. */
  #fitsListing = false;
  #version = 0;

  /** Of the whole pass, which is why it is given. */
  readonly #holes: HoleBudget;

  constructor(
    readonly sought: Sought,
    holes = new HoleBudget(),
  ) {
    this.#holes = holes;
  }

  /** A member of its own name. Whether its content is to be written, or what was written to be dropped. */
  memberComes(member: TarMember): 'write' | 'drop' | 'keep' {
    const { at, before, listed } = this.sought;
    if (this.done || member.headerAt >= before || (at !== undefined && at !== member.headerAt)) return 'keep';
    this.#seen += 1;
    // Members that the listing has after this one replace it.
    if (listed !== undefined && this.#seen < listed) return 'keep';
    this.#wrong = undefined;
    const isHeld = this.#last === 'target' && normaliseName(member.linkName) === this.sought.target;
    this.#link = undefined;
    if (member.kind === 'hardlink') {
      this.#last = isHeld ? 'content' : 'link';
      this.#fitsListing = true;
      if (isHeld) return 'keep';
      this.#link = { name: normaliseName(member.linkName), at: member.headerAt };
      return this.#forget();
    }
    this.#last = 'content';
    this.#wrong = whyNot(member, this.#holes);
    if (this.#wrong !== undefined) return this.#forget();
    const fits = this.sought.sizeBytes === undefined || this.sought.sizeBytes === member.sizeBytes;
    // What follows those that the listing has was appended to the archive after it.
    this.#fitsListing = fits || (this.#fitsListing && listed !== undefined && this.#seen > listed);
    this.#forget();
    return 'write';
  }

  /** A member that the listing says it is a hard link to: kept until the link comes. */
  targetComes(member: TarMember): 'write' | 'drop' | 'keep' {
    if (
      this.done ||
      this.#last === 'content' ||
      this.#last === 'link' ||
      member.headerAt >= this.sought.before
    )
      return 'keep';
    this.#forget();
    if (whyNot(member, this.#holes) !== undefined) {
      this.#last = 'none';
      return 'drop';
    }
    this.#last = 'target';
    return 'write';
  }

  /** All of a content has come; what is returned takes its digest, unless another has begun since. */
  contentComes(): (content: Content) => void {
    const version = this.#version;
    return (content) => {
      if (version === this.#version) this.content = content;
    };
  }

  /** The link to look for in another pass, if that is what the last member of the name is. */
  unresolved(): Sought | undefined {
    if (this.#link === undefined) return undefined;
    const { wanted } = this.sought;
    return { wanted, names: [this.#link.name], before: this.#link.at };
  }

  /** What the archive has given, once all of it was seen. */
  result(): Content | Failure {
    const { before, wanted } = this.sought;
    if (this.#wrong !== undefined) return this.#wrong;
    if (this.#last !== 'content' || this.content === undefined) {
      return before === Number.POSITIVE_INFINITY
        ? mismatch('the archive has no such member, though its listing does')
        : new Failure('member.not_found', 'it is a hard link to a member that is not there');
    }
    if (wanted.sha256 !== undefined && wanted.sha256 !== this.content.sha256)
      return new Failure('candidate.changed', 'its SHA-256 is not the one that was expected');
    if (this.#fitsListing) return this.content;
    return mismatch(`the listing says ${this.sought.sizeBytes} bytes, the archive ${this.content.sizeBytes}`);
  }

  #forget(): 'drop' {
    this.content = undefined;
    this.#version += 1;
    return 'drop';
  }
}

/** Why a member has no content to give. */
function whyNot(member: TarMember, holes: HoleBudget): Failure | undefined {
  if (hasContent(member)) return holes.take(member) ? undefined : tooManyHoles(holes);
  if (member.kind === 'file')
    return new Failure('member.sparse', 'it is a sparse member whose map contradicts itself');
  return new Failure('member.not_regular', `it is a ${member.kind} in the archive, not a file`);
}

/** Why a sparse member is not read; who restores it by hand can say that the file really is that large. */
export function tooManyHoles({ limitBytes }: HoleBudget): Failure {
  const largest = formatSize(limitBytes);
  return new Failure(
    'archive.limit',
    `it is a sparse file, and holes of more than ${largest} are not filled here; \`salvor restore --max-holes\` does`,
  );
}

function mismatch(message: string): Failure {
  return new Failure('listing.differs', message);
}
