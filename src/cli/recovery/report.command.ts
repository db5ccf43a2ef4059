import type { Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import type { ReportFormat } from '../../jobs/recovery/report/inventory/report-files.js';
import { defineCommand, withAction } from '../command.js';
import type { ReportFlags } from './flags.js';

/** A format that is left out here does not compile. The job's own list would load the job for every `--help`. */
const FORMATS = Object.keys({ md: 1, csv: 1, json: 1, html: 1 } satisfies Record<
  ReportFormat,
  1
>) as ReportFormat[];

/** `salvor recovery report`: inventories and the residual list, as files. */
export function recoveryReportCommand(): Command {
  const command = defineCommand('report', 'write the inventory of each type and the residual list')
    .option('--plan <file>', 'the plan (default: .salvor/plan.json)')
    .option('--format <format>', 'md, csv, json or html', format, 'md')
    .option('--summary', 'print one page of Markdown for an incident report, and write no files')
    .option('--out <dir>', 'the directory that they are written to', '.');
  return withAction<ReportFlags>(command, async (input) =>
    (await import('./report.js')).recoveryReportFiles(input),
  );
}

function format(text: string): ReportFlags['format'] {
  const known = FORMATS.find((one) => one === text);
  if (known === undefined)
    throw usageFailure('usage.invalid', `${JSON.stringify(text)} is not one of ${FORMATS.join(', ')}`);
  return known;
}
