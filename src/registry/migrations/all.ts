import { runs } from './001-runs.js';
import { journalDigestsDrift } from './002-journal-digests-drift.js';
import { recovery } from './003-recovery.js';
import { work } from './004-work.js';
import { proofs } from './005-proofs.js';
import { queues } from './006-queues.js';
import { withdrawnDecisions } from './007-withdrawn-decisions.js';
import { oneLedger } from './008-one-ledger.js';
import { fileTodos } from './009-file-todos.js';
import { tableNames } from './010-table-names.js';
import { verifiedDriftParts } from './011-verified-drift-parts.js';
import { scopes } from './012-scopes.js';
import { tablesOfRecovery } from './013-tables-of-recovery.js';
import { growth } from './014-growth.js';
import { driftByClass } from './018-drift-by-class.js';
import { pendingChanges } from './020-pending-changes.js';
import { archiveParts } from './021-archive-parts.js';
import { driftSources } from './022-drift-sources.js';
import { archivePartPieces } from './023-archive-part-pieces.js';
import type { Migration } from './migration.js';

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [
  runs,
  journalDigestsDrift,
  recovery,
  work,
  proofs,
  queues,
  withdrawnDecisions,
  oneLedger,
  fileTodos,
  tableNames,
  verifiedDriftParts,
  scopes,
  tablesOfRecovery,
  growth,
  driftByClass,
  pendingChanges,
  archiveParts,
  driftSources,
  archivePartPieces,
];
