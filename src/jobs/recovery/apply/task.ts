import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { PlanCandidate, PlanRow } from '../plan/plan-document.js';

/** One row to bind: its plan entry and its current state. */
export interface Task {
  row: PlanRow;
  candidate: PlanCandidate;
  artifact: ArtifactRow;
}
