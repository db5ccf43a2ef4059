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
  /** What was read, and where. */
  read?: Exclude<FileRead, { kind: 'stopped' }> | undefined;
  change?: ArtifactChange;
  held?: DriftSighting;
  verified?: VerifiedFile;
  confirmed?: ConfirmedContent;
  attempt: number;
  /** The saved progress of a file that was read in parts; it is deleted with the row's result. */
  partsRead?: readonly string[];
  /** The time at which the row was evaluated. */
  now: Date;
}
