import type { Command } from 'commander';
import type { ReportFormat } from '../../jobs/recovery/report/inventory/report-files.js';
import { defineCommand, withAction } from '../command.js';
import { choiceOption } from '../common-options.js';
import type { ReportFlags } from './flags.js';

/** A format that is left out here does not compile. The job's own list would load the job for every `--help`. */
const FORMATS = Object.keys({ md: 1, csv: 1, json: 1, html: 1 } satisfies Record<ReportFormat, 1>);

/** `salvor recovery report`: inventories and the residual list, as files. */
export function recoveryReportCommand(): Command {
  const command = defineCommand('report', 'Write the inventory of each type and the list of residual rows', {
    examples: [
      ['Markdown files in ./report', 'salvor recovery report --out report'],
      ['One page for an incident report', 'salvor recovery report --summary'],
    ],
  })
    .option('--plan <file>', 'the plan (default: .salvor/plan.json)')
    .addOption(choiceOption('--format <format>', 'format of the files', FORMATS).default('md'))
    .option('--summary', 'print one page of Markdown, and write no files')
    .option('--out <dir>', 'directory for the files', '.');
  return withAction<ReportFlags>(command, async (input) =>
    (await import('./report.js')).recoveryReportFiles(input),
  );
}
