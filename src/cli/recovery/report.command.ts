import type { Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import { defineCommand, withAction } from '../command.js';

const FORMATS = ['md', 'csv', 'json', 'html'] as const;

export interface ReportFlags {
  plan?: string;
  format: (typeof FORMATS)[number];
  out: string;
  summary?: true;
}

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
