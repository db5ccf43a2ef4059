/** How far a file was read, and what it was then. Times are in nanoseconds, as text. */
export interface PartialRead {
  /** Which read of which file: the path as it is found below its root. */
  path: string;
  artifactId: string;
  artifactType: string | null;
  dev: string;
  ino: string;
  sizeBytes: number;
  mtimeNs: string;
  ctimeNs: string;
  offsetBytes: number;
  /** What the reader needs to go on, as JSON. */
  states: string;
  runId: string;
  host: string;
  /** Read by this run. */
  advancedBytes: number;
}

/** Files that are read in parts over several runs, by what they are. */
export interface PartialReads {
  /** Undefined where there is none, or where it is not as it was written: the file is then read from its start. */
  get(path: string): Promise<PartialRead | undefined>;
  save(read: PartialRead): Promise<void>;
  /** The artifacts of which a part is kept, and since when. */
  begun(): Promise<ReadonlyMap<string, Date>>;
  /** What a run has read of files that it did not finish, one entry for each artifact. */
  ofRun(runId: string): Promise<{ type: string | null; bytes: number }[]>;
}
