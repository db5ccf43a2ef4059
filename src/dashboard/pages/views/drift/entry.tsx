import type { DriftDetail } from '../../../api/drift.js';
import { useLoad } from '../../load.js';
import { address } from '../../router.js';
import { session } from '../../session.js';
import { ClassBadge, StateBadge } from '../../ui/badge.js';
import { CannotDecide, DecideButton } from '../../ui/decide-button.js';
import { useDecision } from '../../ui/decision.js';
import { LoadedView } from '../../ui/states.js';
import { CommandLine, Name, Time } from '../../ui/text.js';
import { Card, Facts, PageFrame } from '../page.js';
import { Contents } from './contents.js';
import { Decided } from './decided.js';
import { decisionOn } from './decision.js';
import { ACCEPT_WORDS, CLASS_WORDS, REJECT_WORDS } from './words.js';

/** One drift entry: the recorded and the current content, what the difference means, and the decision. */
export function DriftEntry({ id }: { id: string }) {
  const entry = useLoad<DriftDetail>(`/api/drift/${encodeURIComponent(id)}`);
  return (
    <PageFrame
      title={
        entry.data === undefined ? `Drift ${id}` : `Drift of ${entry.data.title ?? entry.data.artifact_id}`
      }
      up={{ href: '/drift', name: 'Drift' }}
    >
      <LoadedView of={entry}>{(drift) => <Entry drift={drift} reload={entry.reload} />}</LoadedView>
    </PageFrame>
  );
}

function Entry({ drift, reload }: { drift: DriftDetail; reload: () => void }) {
  return (
    <>
      <section class="card" aria-label="What differs">
        <p class="subject">
          <StateBadge state={drift.state} /> <ClassBadge of={drift.class} />{' '}
          <a href={address('/artifacts', { id: drift.artifact_id })}>
            <Name text={drift.title ?? drift.artifact_id} />
          </a>
        </p>
        <p class="explain">{CLASS_WORDS[drift.class]}</p>
        <Facts
          facts={[
            { name: 'Artifact', value: <Name text={drift.artifact_id} mono /> },
            { name: 'Type', value: <Name text={drift.artifact_type ?? '–'} /> },
            { name: 'File', value: <Name text={drift.path} mono /> },
            { name: 'Root', value: <Name text={drift.root} mono /> },
            { name: 'First seen', value: <Time at={drift.first_seen_at} /> },
            { name: 'Last seen', value: <Time at={drift.last_seen_at} /> },
            ...(drift.run_id === null
              ? []
              : [{ name: 'Found by', value: <a href={`/runs/${drift.run_id}`}>view run</a> }]),
          ]}
        />
      </section>
      <Contents drift={drift} />
      {drift.state === 'open' ? (
        <Decide drift={drift} reload={reload} />
      ) : (
        <Decided drift={drift} reload={reload} />
      )}
    </>
  );
}

function Decide({ drift, reload }: { drift: DriftDetail; reload: () => void }) {
  const { ask, dialog } = useDecision(reload);
  const can = session.value?.can.drift === true;
  return (
    <Card title="Which content is right?">
      <dl class="meanings">
        <div>
          <dt>Accept</dt>
          <dd>{ACCEPT_WORDS}</dd>
        </div>
        <div>
          <dt>Reject</dt>
          <dd>{REJECT_WORDS}</dd>
        </div>
      </dl>
      <div class="buttons">
        <DecideButton
          can={can}
          kind="primary"
          shortcut="a"
          onClick={() => ask(decisionOn([drift], 'accept'))}
        >
          Accept the new content…
        </DecideButton>
        <DecideButton can={can} kind="danger" shortcut="r" onClick={() => ask(decisionOn([drift], 'reject'))}>
          Reject the new content…
        </DecideButton>
      </div>
      <CannotDecide can={can} />
      <p class="muted note">On the command line:</p>
      <CommandLine text={`salvor drift accept ${drift.id}`} />
      <CommandLine text={`salvor drift reject ${drift.id}`} />
      {dialog}
    </Card>
  );
}
