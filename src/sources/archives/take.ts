import { HoleBudget } from '../../archive/holes.js';
import { normaliseName } from '../../archive/names.js';
import { hasContent, type TarMember } from '../../archive/tar/member.js';
import { Failure } from '../../core/failure.js';
import { counted, number } from '../../core/pluralize.js';
import { formatSize } from '../../core/sizes.js';
import type { ContentSink, Wanted } from '../../jobs/recovery/source-port.js';

/** One member to look for in a pass over an archive. */
export interface Sought {
  wanted: Wanted;
  /** Its possible names, without `./`: a line of a listing may be ambiguous. */
  names: readonly string[];
  /** Only members before this offset count: the offset of the hard link that leads to it. */
  before: number;
  /** The offset of its header, if known from an index. */
  at?: number;
  /** The hard link target according to a listing. */
  target?: string;
  /** Number of members with this name in the listing; absent if the listing is ambiguous. */
  listed?: number;
  /** Its size according to the listing. */
  sizeBytes?: number;
}

/** Converts a search hit to what to look for in the archive. */
export function sought(wanted: Wanted): Sought {
  const { hit } = wanted;
  const { also, at, member, occurrences, target } = hit.locator;
  const isLink = typeof target === 'string';
  // An index leads to the member that has the content; a listing has only the name.
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

/** The progress of one member. The last member with its name counts, so each new one replaces the previous one. */
export class Take {
  sink: ContentSink | undefined;
  /** The end of its content in the uncompressed tar. */
  endAt = 0;
  content: Content | undefined;
  done = false;
  #seen = 0;
  #last: 'none' | 'content' | 'link' | 'target' = 'none';
  #wrong: Failure | undefined;
  #link: { name: string; at: number } | undefined;
  /** Whether the listed member has the listed size. */
  #fitsListing = false;
  #version = 0;

  /** Shared by the whole pass. */
  readonly #holes: HoleBudget;

  constructor(
    readonly sought: Sought,
    holes = new HoleBudget(),
  ) {
    this.#holes = holes;
  }

  /** Handles a member with the wanted name: whether to write its content, or to drop what was written before. */
  memberComes(member: TarMember): 'write' | 'drop' | 'keep' {
    const { at, before, listed } = this.sought;
    if (this.done || member.headerAt >= before || (at !== undefined && at !== member.headerAt)) return 'keep';
    this.#seen += 1;
    // Later members in the listing replace this one.
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
    // Members beyond those in the listing were appended to the archive later.
    this.#fitsListing = fits || (this.#fitsListing && listed !== undefined && this.#seen > listed);
    this.#forget();
    return 'write';
  }

  /** Handles the hard link target according to the listing: its content is kept until the link comes. */
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

  /**
   * Called when a content is complete. The returned callback receives its digest and ignores it if another content has
   * begun.
   */
  contentComes(): (content: Content) => void {
    const version = this.#version;
    return (content) => {
      if (version === this.#version) this.content = content;
    };
  }

  /** The link to follow in another pass, if the last member with the name is a link. */
  unresolved(): Sought | undefined {
    if (this.#link === undefined) return undefined;
    const { wanted } = this.sought;
    return { wanted, names: [this.#link.name], before: this.#link.at };
  }

  /** The result, once the whole archive was read. */
  result(): Content | Failure {
    const { before, wanted } = this.sought;
    if (this.#wrong !== undefined) return this.#wrong;
    if (this.#last !== 'content' || this.content === undefined) {
      return before === Number.POSITIVE_INFINITY
        ? mismatch('the listing names this member, but the archive does not contain it')
        : new Failure('member.not_found', 'it is a hard link to a missing member');
    }
    if (wanted.sha256 !== undefined && wanted.sha256 !== this.content.sha256)
      return new Failure('candidate.changed', 'its SHA-256 differs from the expected one');
    if (this.#fitsListing) return this.content;
    return mismatch(
      `its size is ${counted(this.sought.sizeBytes ?? 0, 'byte')} in the listing but ${number(this.content.sizeBytes)} in the archive`,
    );
  }

  #forget(): 'drop' {
    this.content = undefined;
    this.#version += 1;
    return 'drop';
  }
}

/** Why a member has no content. */
function whyNot(member: TarMember, holes: HoleBudget): Failure | undefined {
  if (hasContent(member)) return holes.take(member) ? undefined : tooManyHoles(holes);
  if (member.kind === 'file')
    return new Failure('member.sparse', 'it is a sparse member whose map contradicts itself');
  return new Failure('member.not_regular', `in the archive it is a ${member.kind}, not a file`);
}

/** Why a sparse member is not read. `restore --max-holes` can restore it if the file really is that large. */
export function tooManyHoles({ limitBytes }: HoleBudget): Failure {
  const largest = formatSize(limitBytes);
  return new Failure(
    'archive.limit',
    `it is a sparse file with more than ${largest} of holes; restore it with \`salvor restore --max-holes\``,
  );
}

function mismatch(message: string): Failure {
  return new Failure('listing.differs', message);
}
