import type { Overview as Answered, Need } from '../../api.js';
import { count, plural } from '../format.js';
import { Icon } from '../ui/icon.js';
import { Empty } from '../ui/states.js';
import { Name, Time } from '../ui/text.js';
import { Card } from './page.js';

interface Props {
  needs: readonly Need[];
  expectations: Answered['expectations'];
  ran: boolean;
}

/** What waits for a person, the worst first. */
export function Needs({ needs, expectations, ran }: Props) {
  const groups = grouped(needs);
  return (
    <Card
      title="Needs a person now"
      aside={groups.length > 0 && <span class="muted">{plural(groups.length, 'matter')}</span>}
    >
      {groups.length === 0 ? <NothingWaits expectations={expectations} ran={ran} /> : null}
      <ul class="needs">
        {groups.map((group) => (
          <NeedRow key={`${group.need.kind} ${group.need.href} ${group.need.detail}`} group={group} />
        ))}
      </ul>
    </Card>
  );
}

interface Group {
  need: Need;
  count: number;
  title: string;
  details: readonly string[];
}

/** One sentence for several jobs: the kinds whose needs all lead to the same page. */
const MANY: Partial<Record<Need['kind'], string>> = { watchdog: 'jobs are not as expected' };

function grouped(needs: readonly Need[]): Group[] {
  const groups = new Map<string, Group>();
  for (const need of needs) {
    const many = MANY[need.kind];
    const key = many === undefined ? `${need.kind} ${need.href} ${need.detail}` : need.kind;
    const before = groups.get(key);
    groups.set(key, {
      need: before?.need ?? need,
      count: (before?.count ?? 0) + need.count,
      title: before === undefined ? need.title : (many ?? need.title),
      details: [...(before?.details ?? []), need.detail],
    });
  }
  return [...groups.values()];
}

function NeedRow({ group }: { group: Group }) {
  const { need, title, details } = group;
  return (
    <li class={need.severity}>
      <a href={need.href}>
        <Icon name={need.severity === 'error' ? 'error' : 'warning'} />
        <span class="need-text">
          <span class="visually-hidden">{need.severity}: </span>
          <strong>
            {count(group.count)} {title}
          </strong>
          {details.map((detail) => (
            <span key={detail} class="muted">
              <Name text={detail} />
            </span>
          ))}
          {need.since !== null && (
            <span class="muted">
              {group.count === 1 ? 'Since' : 'The oldest:'} <Time at={need.since} />
            </span>
          )}
        </span>
        <Icon name="next" />
      </a>
    </li>
  );
}

/** Only what was looked at may be called well. */
function NothingWaits({ expectations, ran }: Pick<Props, 'expectations' | 'ran'>) {
  if (!ran) {
    return (
      <Empty title="Nothing has run yet, so nothing is known.">
        Begin with <code>salvor listings verify</code>.
      </Empty>
    );
  }
  if (expectations === null) {
    return (
      <Empty title="Nothing waits.">
        Whether every job ran when it should is not known: list them under <code>watchdog.expect</code>.
      </Empty>
    );
  }
  return (
    <Empty good title="Nothing waits.">
      {plural(expectations.expected, 'expected job')} ended well and in time.
    </Empty>
  );
}
