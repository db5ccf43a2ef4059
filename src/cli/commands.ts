import type { Command } from 'commander';
import { artifactCommand } from './artifact/artifact.command.js';
import { checksumsBackfillCommand } from './checksums/backfill.command.js';
import { checksumsVerifyCommand } from './checksums/verify.command.js';
import { defineGroup } from './command.js';
import { completionCommand } from './completion/completion.command.js';
import { dashboardCommand } from './dashboard/dashboard.command.js';
import { demoCommand } from './demo/demo.command.js';
import { driftCommand } from './drift/drift.command.js';
import { workerCommand } from './fleet/worker.command.js';
import { helpCommand } from './help/help.command.js';
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

/** All commands, in the order of `--help`. Each has its own file and imports its implementation only when it runs. */
export function commands(): Command[] {
  return [
    ...under('Start here:', [demoCommand(), initCommand(), doctorCommand(), helpCommand()]),
    ...under('Backups:', [
      defineGroup('listings', 'Check, write and compare the listings of backup archives', [
        listingsVerifyCommand(),
        listingsBaselineCommand(),
        listingsBuildCommand(),
        listingsTeeCommand(),
        listingsCheckCommand(),
      ]),
      restoreCommand(),
    ]),
    ...under('Registered files:', [
      defineGroup('checksums', 'Hash registered files, and verify them against their digests', [
        checksumsBackfillCommand(),
        checksumsVerifyCommand(),
      ]),
      driftCommand(),
      defineGroup('recovery', 'Find missing files, restore them, and prove that they can be restored', [
        recoveryPlanCommand(),
        recoveryApplyCommand(),
        recoveryRunCommand(),
        recoveryReviewCommand(),
        recoveryReportCommand(),
        recoveryDrillCommand(),
      ]),
      artifactCommand(),
      journalCommand(),
    ]),
    ...under('Monitoring:', [statusCommand(), runsCommand(), watchdogCommand(), dashboardCommand()]),
    ...under('Installation:', [workerCommand(), systemdCommand(), pruneCommand(), completionCommand()]),
  ];
}

function under(heading: string, group: readonly Command[]): readonly Command[] {
  for (const command of group) command.helpGroup(heading);
  return group;
}
