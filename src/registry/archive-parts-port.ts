/** The jobs that read archives in parts. */
export type PartsJob = 'listings check' | 'recovery drill';

/** How much of an archive, or of one content in it, earlier runs have read. */
export interface ArchivePart {
  /** What is read: the URL of an archive, or the id of the artifact whose content it is. */
  subject: string;
  archiveUrl: string;
  /** Everything that distinguishes these bytes from others, as text: the version of the archive, the member, the digest. */
  identity: string;
  sizeBytes: number;
  offsetBytes: number;
  /** The saved state of the hash over the first `offsetBytes` bytes. */
  state: string;
  /** The bytes of them that this run has read. */
  advancedBytes: number;
}

export type BegunPart = Pick<ArchivePart, 'subject' | 'sizeBytes' | 'advancedBytes'>;

export type WaitingPart = Pick<ArchivePart, 'subject' | 'sizeBytes'>;

/** The saved progress of one job. */
export interface ArchiveParts {
  /** Undefined if there is none, or if anything but `save` changed it: reading then starts at the beginning. */
  get(subject: string): Promise<ArchivePart | undefined>;
  save(part: ArchivePart): Promise<void>;
  /** Every subject with saved progress, and how far the last run came with it. The oldest come first. */
  begun(): Promise<BegunPart[]>;
  /** Notes that a run had no time for this and all others, so that the next one begins with it. */
  wait(part: WaitingPart): Promise<void>;
  forget(subjects: readonly string[]): Promise<void>;
  /** Deletes what was read to its end by a run that has recorded its result. */
  forgetFinished(): Promise<void>;
}
