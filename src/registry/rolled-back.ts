import type { Database } from './database.js';
import type { Queries } from './queries.js';

const UNDONE = new Error('rolled back on purpose');

/** Does it for real, in a transaction that is rolled back: what it says of the database was tried, and left no trace. */
export async function rolledBack<T>(database: Database, work: (within: Database) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  try {
    await database.transaction(
      async (tx) => {
        result = { value: await work(within(database, tx)) };
        throw UNDONE;
      },
      { once: true },
    );
  } catch (thrown) {
    if (thrown !== UNDONE) throw thrown;
  }
  if (result === undefined) throw new Error('the transaction ended before its work');
  return result.value;
}

/** A database all of whose transactions are this one. */
function within(database: Database, tx: Queries): Database {
  return {
    kind: database.kind,
    location: database.location,
    driverConfig: database.driverConfig,
    query: (text, values) => tx.query(text, values),
    transaction: (work) => work(tx),
    session: () => database.session(),
    sever: () => database.sever(),
    close: async () => undefined,
  };
}
