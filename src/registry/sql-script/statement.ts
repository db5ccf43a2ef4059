/** One SQL statement with its values; also what `--emit-sql` writes, the values put in place. */
export interface Statement {
  text: string;
  /** Arrays of text, numbers or null; scalars of text or null. */
  values: (string | null | (string | null)[])[];
}
