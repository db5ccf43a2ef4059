import { systemClock } from '../../core/clock.js';
import type { ExitCode } from '../../core/failure.js';
import { diedEvent } from '../../health/event.js';
import { fanOut } from '../../health/fan-out.js';
import { judge } from '../../health/watchdog.js';
import { watchdogFindings, watchdogLines, watchdogSummary } from '../../health/watchdog-report.js';
import { isRed, openGroups } from '../../registry/red.js';
import type { Registry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import type { Config } from '../config/schema.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { writeStderr } from '../terminal/output.js';
import { artifactsDatabase } from '../wiring/artifacts.js';
import { healthSinks } from '../wiring/health-sinks.js';

/** `salvor watchdog`: closes dead runs, tells the health sinks of them, and judges what is expected. */
export function watch(input: CommandInput): Promise<ExitCode> {
  return withRegistry(input, async (registry, { config }) => {
    await buryTheDead(registry, config);
    const expectations = (config.watchdog?.expect ?? []).map(({ within, job, scope, host }) => ({
      job,
      withinMs: within,
      ...(scope === undefined ? {} : { scope }),
      ...(host === undefined ? {} : { host }),
    }));
    const own = await artifactsDatabase(config, input.flags, registry.database);
    const red = await openGroups(registry.database, own.database)
      .then((open) => open.filter(isRed))
      .finally(() => own.close());
    const judgements = judge(expectations, await registry.runs.newestPerScope(), systemClock.now(), red);
    const summary = watchdogSummary(judgements);
    return printAnswer(input, {
      summary,
      findings: watchdogFindings(judgements),
      exitCode: summary.red > 0 ? 1 : 0,
      text: (style) =>
        watchdogLines(judgements)
          .map(
            (line) =>
              `${line.startsWith('green') || line.startsWith('watchdog: green') ? style.good(line) : style.bad(line)}\n`,
          )
          .join(''),
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
