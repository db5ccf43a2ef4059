import type {
  ArtifactChange,
  ArtifactRow,
  ConfirmedContent,
  VerifiedFile,
} from '../../../registry/artifacts/artifacts-port.js';
import type { DriftSighting } from '../../../registry/drift/drift-port.js';
import type { Decision } from './decide.js';
import type { FileRead } from './file-reads.js';

/** A row with its decision, ready to be committed. */
export interface Finished {
  row: ArtifactRow;
  decision: Decision;
  /** What was read, where it was. */
  read?: Exclude<FileRead, { kind: 'stopped' }> | undefined;
  change?: ArtifactChange;
  held?: DriftSighting;
  verified?: VerifiedFile;
  confirmed?: ConfirmedContent;
  attempt: number;
  /** What is kept of a file that was read in parts, and is over with the row's result. */
  partsRead?: readonly string[];
  /** The time by which the row was judged. */
  now: Date;
}
