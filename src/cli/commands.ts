import type { Command } from 'commander';
import { defineCommand } from './command.js';
import { checksumsBackfillCommand } from './commands/checksums-backfill.js';
import { checksumsVerifyCommand } from './commands/checksums-verify.js';
import { dashboardCommand } from './commands/dashboard.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { driftCommand } from './commands/drift.js';
import { initCommand } from './commands/init.js';
import { journalCommand } from './commands/journal.js';
import { listingsBaselineCommand } from './commands/listings-baseline.js';
import { listingsBuildCommand } from './commands/listings-build.js';
import { listingsCheckCommand } from './commands/listings-check.js';
import { listingsTeeCommand } from './commands/listings-tee.js';
import { listingsVerifyCommand } from './commands/listings-verify.js';
import { recoveryApplyCommand } from './commands/recovery-apply.js';
import { recoveryDrillCommand } from './commands/recovery-drill.js';
import { recoveryPlanCommand } from './commands/recovery-plan.js';
import { recoveryReportCommand } from './commands/recovery-report.js';
import { recoveryReviewCommand } from './commands/recovery-review.js';
import { recoveryRunCommand } from './commands/recovery-run.js';
import { restoreCommand } from './commands/restore.js';
import { runsCommand } from './commands/runs.js';
import { statusCommand } from './commands/status.js';
import { systemdCommand } from './commands/systemd.js';
import { watchdogCommand } from './commands/watchdog.js';
import { workerCommand } from './commands/worker.js';

/** Every command there is, in the order of `--help`. One file each; what they run is imported when they run. */
export function commands(): Command[] {
  return [
    group('listings', 'are the listings of the backups there?', [
      listingsVerifyCommand(),
      listingsBaselineCommand(),
      listingsBuildCommand(),
      listingsTeeCommand(),
      listingsCheckCommand(),
    ]),
    restoreCommand(),
    group('checksums', 'is every registered file still the file that was registered?', [
      checksumsBackfillCommand(),
      checksumsVerifyCommand(),
    ]),
    driftCommand(),
    group('recovery', 'which missing files can be brought back, from where, and how sure are we?', [
      recoveryPlanCommand(),
      recoveryApplyCommand(),
      recoveryRunCommand(),
      recoveryReviewCommand(),
      recoveryReportCommand(),
      recoveryDrillCommand(),
    ]),
    journalCommand(),
    runsCommand(),
    statusCommand(),
    watchdogCommand(),
    workerCommand(),
    dashboardCommand(),
    initCommand(),
    doctorCommand(),
    systemdCommand(),
    demoCommand(),
  ];
}

function group(name: string, description: string, children: readonly Command[]): Command {
  const command = defineCommand(name, description);
  for (const child of children) command.addCommand(child);
  return command;
}
