import { archiveFormat, hasArchiveExtensionInside } from '../../../core/archive-name.js';

/**
 * The kind of an object, by its key alone. `canary` is the planted archive; its listing and index have kinds of their
 * own.
 */
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
  /** The suffix of a listing's key after the archive's key. */
  readonly listingSuffix: string;
  /** If present, it alone decides what an archive is. */
  readonly archivePattern?: RegExp;
  /** The canary's whole key. */
  readonly canaryKey?: string;
}

/**
 * Classifies keys. A listing or an index must have the name of an archive plus its suffix: `notes.list.txt` is `other`.
 * Any other key that contains an archive's extension is `unrecognised`.
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

  /** An archive by its extension, or the listing or index of one, that the pattern excludes on purpose. */
  #isLeftOut(key: string): boolean {
    const { archivePattern, listingSuffix } = this.#rules;
    if (archivePattern === undefined) return false;
    const suffix = [listingSuffix, INDEX_SUFFIX].find((candidate) => key.endsWith(candidate)) ?? '';
    return archiveFormat(key.slice(0, key.length - suffix.length)) !== undefined;
  }

  /** Whether a key is the name of an archive. */
  isArchive(key: string): boolean {
    const { archivePattern } = this.#rules;
    return archivePattern === undefined ? archiveFormat(key) !== undefined : archivePattern.test(key);
  }
}
