import type { DriftState } from './drift-port.js';

/** How a later read ends an open entry, without a person. */
type EndedBy = Extract<DriftState, 'returned' | 'superseded'>;

const REASONS: Readonly<Record<EndedBy, string>> = {
  returned: 'the recorded content is back',
  superseded: 'newer content was found',
};

/**
 * Ends open entries `d` of `salvor.drift`, and journals that they ended. `from` gives them a row `i`.
 * @param input `i.run_id` and `i.actor` are who found it
 */
export function endDrift(state: EndedBy, input: string, condition: string): string {
  const values = (is: string): string =>
    `pg_catalog.json_build_object('drift', pg_catalog.json_build_object('id', e.id::text, 'state', '${is}'))`;
  return `with ended as (
  update salvor.drift d set state = '${state}', decided_at = now(), note = '${REASONS[state]}'
  from ${input}
  where d.state = 'open' and ${condition}
  returning d.id, d.artifact_id, i.run_id, i.actor, i.table_name
)
insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor)
select e.run_id::uuid, e.artifact_id, e.table_name, '${state}', ${values('open')}, ${values(state)},
  'drift ' || e.id || ': ${REASONS[state]}', e.actor
from ended e order by e.id`;
}

/** Whether a journal entry says how drift ended by itself: there is nothing in it to take back. */
export function endedByItself(state: DriftState | undefined): boolean {
  return state === 'returned' || state === 'superseded';
}
