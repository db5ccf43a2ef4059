import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { PlanCandidate, PlanRow } from '../plan/plan-document.js';

/** One row to be bound: what the plan says, and how the row is now. */
export interface Task {
  row: PlanRow;
  candidate: PlanCandidate;
  artifact: ArtifactRow;
}
