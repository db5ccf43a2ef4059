import type { Queries } from '../queries.js';

/**
 * `place`: a recovered file gets its name. `swap_stand_in`: the same, after the stand-in that has the name was moved
 * to the quarantine. `quarantine`: an undone bind's file is moved away. `bring_back`: it gets its place back.
 */
type TodoKind = 'place' | 'quarantine' | 'bring_back' | 'swap_stand_in';

/** `left`: the file stays where it is, for the reason in the note. */
export type TodoState = 'open' | 'done' | 'reverted' | 'left';

/** What is to be done to one file. Paths are relative to `root`. */
export interface NewTodo {
  kind: TodoKind;
  artifactId: string;
  runId: string | null;
  /** The journal entry that is being undone. */
  entryId: string | null;
  /** Absolute. */
  root: string;
  /** Where the artifact's file is, or will be. */
  path: string;
  /** The file before it has its name: a draft, or its place in the quarantine. */
  draft: string | null;
  /** Where the stand-in is kept that was in the file's place. */
  kept: string | null;
  standInSha256: string | null;
  sha256: string | null;
  /** The bind goes to a script that a person runs: nobody can say whether it was run. */
  byScript: boolean;
}

export interface FileTodo extends NewTodo {
  id: string;
  state: TodoState;
  host: string;
  /** The file's inode, once it is known which file it is. */
  inode: string | null;
  /** The change to the artifact that goes with it, as `serializeChange` wrote it. */
  change: unknown;
  note: string | null;
  openedAt: Date;
}

/** What is known of the file just before it gets its name. */
export interface ArmedTodo {
  id: string;
  inode: string;
  sha256: string;
  change: unknown;
}

/** The to-dos of one artifacts table. */
export interface FileTodos {
  /** Whether a transaction on the artifacts is one on the to-dos. */
  readonly sharesTransactions: boolean;
  /** Records intents, in order, before anything is done to a file. */
  open(todos: readonly NewTodo[]): Promise<string[]>;
  /** Records which file it is and what goes with it, before the file gets its name. */
  arm(todo: ArmedTodo): Promise<void>;
  /** Records how it ended. Within `tx` when it is given and to-dos are kept in that database. */
  close(id: string, state: Exclude<TodoState, 'open'>, note: string | null, tx?: Queries): Promise<void>;
  /** What was not closed, the oldest first. */
  pending(): Promise<FileTodo[]>;
  /** Closed to-dos of these artifacts, the newest first. */
  closed(artifactIds: readonly string[]): Promise<FileTodo[]>;
  /**
   * Runs `work` while nobody else changes files of this table.
   * @throws Failure `run.locked` (exit 4) when another process does
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}
