import { systemClock } from '../../core/clock.js';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { diedEvent } from '../../health/event.js';
import { fanOut } from '../../health/fan-out.js';
import { evaluateExpectations } from '../../health/watchdog.js';
import { watchdogFindings, watchdogLines, watchdogSummary } from '../../health/watchdog-report.js';
import { isRed, openGroups } from '../../registry/queries/red.js';
import type { Registry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import type { Config } from '../config/schema.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { writeStderr } from '../terminal/output.js';
import { actorHere, artifactsDatabase } from '../wiring/artifacts.js';
import { healthSinks } from '../wiring/health-sinks.js';
import type { ForgetFlags } from './flags.js';
import { pendingScriptJson, pendingScripts, scriptsText } from './pending-scripts.js';
import { expectationsOf, expectedRuns } from './watch-report.js';

/** `salvor watchdog`: closes dead runs, reports them to the health sinks, and evaluates the expectations. */
export function watch(input: CommandInput): Promise<ExitCode> {
  return withRegistry(input, async (registry, { config }) => {
    await buryTheDead(registry, config);
    const own = await artifactsDatabase(config, input.flags, registry.database);
    const red = await openGroups(registry.database, own.database)
      .then((open) => open.filter(isRed))
      .finally(() => own.close());
    const judgements = evaluateExpectations(
      expectationsOf(config),
      await expectedRuns(registry),
      systemClock.now(),
      red,
    );
    const summary = watchdogSummary(judgements);
    const scripts = await pendingScripts(config, input.flags, registry.database);
    const waiting = scriptsText(scripts);
    return printAnswer(input, {
      summary: { ...summary, pending_scripts: scripts.map(pendingScriptJson) },
      findings: watchdogFindings(judgements),
      exitCode: summary.red > 0 ? 1 : 0,
      text: (style) =>
        watchdogLines(judgements)
          .map(
            (line) =>
              `${line.startsWith('green') || line.startsWith('watchdog: green') ? style.good(line) : style.bad(line)}\n`,
          )
          .join('') + (waiting === undefined ? '' : `${waiting}\n`),
    });
  });
}

/** `salvor watchdog forget SCOPE`. */
export function forgetScope(input: CommandInput<ForgetFlags>): Promise<ExitCode> {
  return withRegistry(input, async ({ scopes }) => {
    const scope = input.args[0] ?? '';
    const jobs = input.flags.job === undefined ? await scopes.jobsOn(scope) : [input.flags.job];
    if (jobs.length === 0) {
      throw usageFailure(
        'watchdog.unknown_scope',
        `no job has ever run on the scope ${JSON.stringify(scope)}`,
        '`salvor status` lists the scopes; quote a scope that contains spaces',
      );
    }
    const by = { actor: actorHere(), reason: input.flags.reason ?? null };
    let ended = 0;
    for (const job of jobs) ended += await scopes.forget(job, scope, by);
    return printAnswer(input, {
      scope,
      summary: { scope, jobs, findings_ended: ended, actor: by.actor, reason: by.reason },
      text: () =>
        `The watchdog no longer expects ${jobs.join(', ')} on ${scope}. Closed ${counted(ended, 'open finding')}.\n` +
        'The next run on this scope is expected again.\n',
    });
  });
}

async function buryTheDead(registry: Registry, config: Config): Promise<void> {
  const dead = await registry.runs.closeDead();
  if (dead.length === 0) return;
  const sinks = await healthSinks(config.health, registry, true);
  const out = fanOut(sinks.all);
  for (const run of dead) {
    for (const { finding } of await out.write(diedEvent(run, systemClock.now()))) {
      writeStderr(`salvor: ${finding.message}`);
    }
  }
  await sinks.close();
}
