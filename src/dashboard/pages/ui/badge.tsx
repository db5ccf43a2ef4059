import type { RunInfo, RunStatus } from '../../api/runs.js';
import { visible } from '../format.js';
import { Icon, type IconName } from './icon.js';

type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'busy';

/** A word with an icon. The color only repeats what they say. */
export function Badge({ tone, icon, text }: { tone: Tone; icon?: IconName; text: string }) {
  return (
    <span class={`badge ${tone}`}>
      {icon && <Icon name={icon} />}
      {visible(text)}
    </span>
  );
}

const STATUS: Record<RunStatus, { tone: Tone; icon: IconName }> = {
  running: { tone: 'busy', icon: 'running' },
  ok: { tone: 'good', icon: 'ok' },
  partial: { tone: 'plain', icon: 'partial' },
  findings: { tone: 'bad', icon: 'error' },
  incomplete: { tone: 'bad', icon: 'error' },
  interrupted: { tone: 'warn', icon: 'stopped' },
};

export function RunBadge({ run }: { run: Pick<RunInfo, 'status' | 'silent' | 'exit_code'> }) {
  if (run.silent) return <Badge tone="bad" icon="error" text="no heartbeat" />;
  const { tone, icon } = STATUS[run.status];
  const exit = run.exit_code !== null && run.exit_code !== 0 ? `, exit ${run.exit_code}` : '';
  return <Badge tone={tone} icon={icon} text={`${run.status}${exit}`} />;
}

const CLASSES: Record<string, { tone: Tone; icon: IconName }> = {
  corrupt: { tone: 'bad', icon: 'error' },
  rewritten: { tone: 'warn', icon: 'warning' },
  unknown: { tone: 'plain', icon: 'unknown' },
  recorded: { tone: 'bad', icon: 'error' },
};

export function ClassBadge({ of }: { of: string }) {
  const { tone, icon } = CLASSES[of] ?? { tone: 'plain' as const, icon: 'unknown' as const };
  return <Badge tone={tone} icon={icon} text={of} />;
}

export function SeverityBadge({ severity }: { severity: string }) {
  if (severity === 'error') return <Badge tone="bad" icon="error" text="error" />;
  if (severity === 'warning') return <Badge tone="warn" icon="warning" text="warning" />;
  return <Badge tone="plain" text={severity} />;
}

export function StateBadge({ state }: { state: string }) {
  if (state === 'open') return <Badge tone="bad" icon="error" text="open" />;
  if (state === 'accepted') return <Badge tone="good" icon="ok" text="accepted" />;
  if (state === 'returned') return <Badge tone="good" icon="ok" text="returned" />;
  return <Badge tone="plain" icon="stopped" text={state} />;
}
