import type { Command } from 'commander';
import { artifactCommand } from './artifact/artifact.command.js';
import { checksumsBackfillCommand } from './checksums/backfill.command.js';
import { checksumsVerifyCommand } from './checksums/verify.command.js';
import { defineCommand } from './command.js';
import { dashboardCommand } from './dashboard/dashboard.command.js';
import { demoCommand } from './demo/demo.command.js';
import { driftCommand } from './drift/drift.command.js';
import { workerCommand } from './fleet/worker.command.js';
import { journalCommand } from './journal/journal.command.js';
import { listingsBaselineCommand } from './listings/baseline.command.js';
import { listingsBuildCommand } from './listings/build.command.js';
import { listingsCheckCommand } from './listings/check.command.js';
import { listingsTeeCommand } from './listings/tee.command.js';
import { listingsVerifyCommand } from './listings/verify.command.js';
import { doctorCommand } from './operate/doctor.command.js';
import { initCommand } from './operate/init.command.js';
import { pruneCommand } from './operate/prune.command.js';
import { runsCommand } from './operate/runs.command.js';
import { statusCommand } from './operate/status.command.js';
import { systemdCommand } from './operate/systemd.command.js';
import { watchdogCommand } from './operate/watchdog.command.js';
import { recoveryApplyCommand } from './recovery/apply.command.js';
import { recoveryDrillCommand } from './recovery/drill.command.js';
import { recoveryPlanCommand } from './recovery/plan.command.js';
import { recoveryReportCommand } from './recovery/report.command.js';
import { restoreCommand } from './recovery/restore.command.js';
import { recoveryReviewCommand } from './recovery/review.command.js';
import { recoveryRunCommand } from './recovery/run.command.js';

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
    artifactCommand(),
    journalCommand(),
    runsCommand(),
    statusCommand(),
    watchdogCommand(),
    pruneCommand(),
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
