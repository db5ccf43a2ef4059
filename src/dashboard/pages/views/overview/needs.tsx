import type { Overview as Answered, Need } from '../../../api/overview.js';
import { count, plural } from '../../format.js';
import { Icon } from '../../ui/icon.js';
import { Empty } from '../../ui/states.js';
import { CommandLine, Name, Time } from '../../ui/text.js';
import { Card } from '../page.js';

interface Props {
  overview: Answered;
  /** The refresh failed, so the page must not say "All clear". */
  old: boolean;
}

/** The issues that need attention, one per cause, errors first. */
export function Needs({ overview, old }: Props) {
  const { needs } = overview;
  return (
    <Card
      title={
        needs.length === 0 ? 'Status' : `${plural(needs.length, 'issue needs', 'issues need')} attention`
      }
      id="needs"
    >
      {needs.length === 0 ? <AllClear overview={overview} old={old} /> : null}
      <ul class="needs">
        {needs.map((need) => (
          <NeedRow key={`${need.href} ${need.detail}`} need={need} />
        ))}
      </ul>
    </Card>
  );
}

function NeedRow({ need }: { need: Need }) {
  return (
    <li class={need.severity}>
      <a href={need.href}>
        <Icon name={need.severity === 'error' ? 'error' : 'warning'} />
        <span class="need-text">
          <span class="visually-hidden">{need.severity}: </span>
          <strong>
            {count(need.count)} {need.title}
          </strong>
          {need.subject !== null && <Subject need={need} subject={need.subject} />}
          {need.detail !== '' && !need.title.endsWith(need.detail) && (
            <span class="muted">
              <Name text={need.detail} />
            </span>
          )}
          <Since need={need} />
        </span>
        <Icon name="next" />
      </a>
      {need.command !== null && (
        <div class="need-next">
          {need.action !== null && <p class="muted">{need.action.replaceAll('`', '')}</p>}
          <CommandLine text={need.command} />
        </div>
      )}
    </li>
  );
}

function Subject({ need, subject }: { need: Need; subject: string }) {
  return (
    <span class="need-subject">
      <Name text={subject} mono />
      {need.count > 1 && <span class="muted"> {more(need)}</span>}
    </span>
  );
}

/** Drift names a few subjects; other causes name only the oldest. */
function more({ kind, count: all, subject }: Need): string {
  if (kind !== 'drift') return 'is the oldest';
  const left = all - (subject ?? '').split(', ').length;
  return left > 0 ? `and ${count(left)} more` : '';
}

/** Since when the issue is open, the job that found it, and its code. */
function Since({ need }: { need: Need }) {
  if (need.since === null && need.code === null) return null;
  return (
    <span class="muted need-since">
      {need.since !== null && (
        <>
          since <Time at={need.since} />
        </>
      )}
      {need.job !== null && (
        <>
          , found by <Name text={need.job} />
        </>
      )}
      {need.code !== null && (
        <>
          {' '}
          <code>{need.code}</code>
        </>
      )}
    </span>
  );
}

/** Says "All clear" only if the jobs ran and verified everything. */
function AllClear({ overview, old }: Props) {
  const { jobs, expectations, last_verified_at: verified } = overview;
  if (old)
    return (
      <Empty title="Unknown: the registry cannot be read right now. When it was last read, there were no open errors." />
    );
  if (jobs.length === 0) {
    return (
      <Empty title="Nothing has run yet, so nothing is known.">
        Start with <code>salvor listings verify</code>.
      </Empty>
    );
  }
  if (verified === null) {
    return (
      <Empty title="No open errors, but nothing has been verified yet.">
        No complete run with the configured settings has succeeded yet.
      </Empty>
    );
  }
  if (expectations === null) {
    return (
      <Empty
        title={
          <>
            No open errors. Last verified <Time at={verified} />.
          </>
        }
      >
        Salvor cannot tell whether every job ran on time. List the jobs under <code>watchdog.expect</code>.
      </Empty>
    );
  }
  return (
    <Empty
      good
      title={
        <>
          All clear. Last verified <Time at={verified} />.
        </>
      }
    >
      {plural(expectations.expected, 'expected job')} succeeded on time.
    </Empty>
  );
}
