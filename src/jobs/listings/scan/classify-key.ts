import { archiveFormat, hasArchiveExtensionInside } from '../../../core/archive-name.js';

/** What an object is, by its key alone. `canary` is the planted archive itself; what stands beside it is told apart. */
export type KeyKind =
  | 'archive'
  | 'listing'
  | 'index'
  | 'unrecognised'
  | 'other'
  | 'canary'
  | 'canary_listing'
  | 'canary_index';

export const INDEX_SUFFIX = '.salvor-index';

export interface KeyRules {
  /** What an archive's listing has behind the archive's key. */
  readonly listingSuffix: string;
  /** Decides alone what an archive is. */
  readonly archivePattern?: RegExp;
  /** The canary's whole key. */
  readonly canaryKey?: string;
}

/**
 * Tells what each key is. A listing or an index is one only beside an archive's name: `notes.list.txt` is `other`.
 * What has an archive's extension somewhere inside, and is none of these, is `unrecognised`.
 */
export class KeyClassifier {
  readonly #rules: KeyRules;

  constructor(rules: KeyRules) {
    this.#rules = rules;
  }

  kindOf(key: string): KeyKind {
    const { listingSuffix, canaryKey } = this.#rules;
    if (key.endsWith(listingSuffix)) {
      const archive = key.slice(0, -listingSuffix.length);
      if (this.isArchive(archive)) return archive === canaryKey ? 'canary_listing' : 'listing';
    }
    if (key.endsWith(INDEX_SUFFIX)) {
      const archive = key.slice(0, -INDEX_SUFFIX.length);
      if (this.isArchive(archive)) return archive === canaryKey ? 'canary_index' : 'index';
    }
    if (this.isArchive(key)) return key === canaryKey ? 'canary' : 'archive';
    return hasArchiveExtensionInside(key) && !this.#isLeftOut(key) ? 'unrecognised' : 'other';
  }

  /** A known archive, or what stands beside one, that the pattern does not want: left out on purpose. */
  #isLeftOut(key: string): boolean {
    const { archivePattern, listingSuffix } = this.#rules;
    if (archivePattern === undefined) return false;
    const suffix = [listingSuffix, INDEX_SUFFIX].find((candidate) => key.endsWith(candidate)) ?? '';
    return archiveFormat(key.slice(0, key.length - suffix.length)) !== undefined;
  }

  /** Whether a key is an archive's name. */
  isArchive(key: string): boolean {
    const { archivePattern } = this.#rules;
    return archivePattern === undefined ? archiveFormat(key) !== undefined : archivePattern.test(key);
  }
}
