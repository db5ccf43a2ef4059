import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ExitCode } from '../../core/failure.js';
import { DEFAULT_PLAN, inBatches, withPlanForReading } from '../../jobs/recovery/plan/plan-file.js';
import type { StoredPlan } from '../../jobs/recovery/plan/stored-plan.js';
import { incidentPage } from '../../jobs/recovery/report/inventory/incident-page.js';
import { reportFiles } from '../../jobs/recovery/report/inventory/report-files.js';
import type { CommandInput } from '../command-input.js';
import { printAnswer } from '../terminal/command-result.js';
import type { ReportFlags } from './flags.js';

/** `salvor recovery report`: writes files of one format, each atomically. */
export async function recoveryReportFiles(input: CommandInput<ReportFlags>): Promise<ExitCode> {
  const { flags } = input;
  return withPlanForReading(flags.plan ?? DEFAULT_PLAN, (plan) => writeReport(input, plan));
}

async function writeReport(input: CommandInput<ReportFlags>, plan: StoredPlan): Promise<ExitCode> {
  const { flags } = input;
  const { plan_id } = plan.head;
  if (flags.summary === true) {
    const page = await incidentPage(plan, flags.plan ?? DEFAULT_PLAN);
    return printAnswer(input, { summary: { plan_id, page }, isVerbatim: true, text: () => page });
  }
  const directory = resolve(flags.out);
  await mkdir(directory, { recursive: true });
  const written: string[] = [];
  for (const { name, pieces } of reportFiles(plan, flags.format)) {
    const path = join(directory, name);
    await writeFile(`${path}.part`, inBatches(pieces), { mode: 0o640 });
    await rename(`${path}.part`, path);
    written.push(path);
  }
  return printAnswer(input, {
    summary: { plan_id, files: written },
    isVerbatim: true,
    text: () => written.map((path) => `${path}\n`).join(''),
  });
}
