import type { Finding } from '../../../core/finding.js';
import type { ApplyPorts } from '../apply/apply-options.js';
import { settleTodos } from './settle-todos.js';
import { RecoveredFiles } from './undo-files.js';

/** Completes or reverts the file changes of killed processes, with the ports of a run that binds. */
export async function settleLeftovers(
  ports: Pick<ApplyPorts, 'todos' | 'artifacts' | 'writer' | 'recovery' | 'files' | 'emit'>,
  destination: string,
): Promise<void> {
  const onFinding = (finding: Finding): void => ports.emit({ type: 'finding', finding });
  const { artifacts, todos } = ports;
  const files = new RecoveredFiles({
    artifacts,
    todos,
    destination,
    files: () => Promise.resolve(ports.files),
    onFinding,
  });
  await settleTodos({ ...ports, onFinding, quarantineOf: (pending) => files.quarantineOf(pending) });
}
