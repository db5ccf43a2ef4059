const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * The text, if it is a UUID. What is none is the id of nothing and no error; compared as a UUID, an id is found in its
 * index, where a comparison as text would read the whole table.
 */
export function asUuid(text: string): string | undefined {
  return UUID.test(text) ? text : undefined;
}
