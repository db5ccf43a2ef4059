import type { JournalRow } from '../../../api/artifact.js';
import type { DriftDetail } from '../../../api/drift.js';
import type { Page } from '../../../api/session.js';
import { useLoad } from '../../load.js';
import { address } from '../../router.js';
import { StateBadge } from '../../ui/badge.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { CommandLine, Name, Time } from '../../ui/text.js';
import { Entries } from '../journal/entries.js';
import { Card, Facts } from '../page.js';
import { ENDED_WORDS, standingWords, UNDO_WORDS } from './words.js';

/** The decision, the digest that the registry has now, and how to undo the decision. */
export function Decided({ drift, reload }: { drift: DriftDetail; reload: () => void }) {
  const href = address('/api/journal', { artifact: drift.artifact_id });
  const byPerson = drift.state === 'accepted' || drift.state === 'rejected';
  const entries = useLoad<Page<JournalRow>>(href);
  return (
    <>
      <Card title={byPerson ? 'Decision' : 'Outcome'} id="decision">
        <p class="explain">{ENDED_WORDS[drift.state]}</p>
        {drift.state === 'rejected' && <CommandLine text="salvor recovery plan" />}
        <Facts
          facts={[
            { name: 'State', value: <StateBadge state={drift.state} /> },
            ...(byPerson ? [{ name: 'By', value: <Name text={drift.decided_by ?? '–'} /> }] : []),
            { name: 'When', value: <Time at={drift.decided_at} /> },
            { name: 'Note', value: drift.note === null ? '–' : <Name text={drift.note} /> },
            { name: 'Digest in the registry now', value: standingWords(drift) },
          ]}
        />
      </Card>
      <Card
        title="Changes to this artifact"
        aside={<a href={address('/journal', { artifact: drift.artifact_id })}>View in the journal</a>}
      >
        <p class="explain">{UNDO_WORDS}</p>
        <LoadedView of={entries}>
          {(data) =>
            data.rows.length === 0 ? (
              <Empty title="Salvor has not changed this artifact, so there is nothing to undo." />
            ) : (
              <Entries
                rows={data.rows}
                ofOne
                reload={() => {
                  entries.reload();
                  reload();
                }}
              />
            )
          }
        </LoadedView>
      </Card>
    </>
  );
}
