import { readFileSync, statSync } from 'node:fs';

/** Whom a password is for. */
export interface Login {
  /** Name, address or socket directory. */
  host: string;
  port: number;
  database: string;
  user: string;
}

/** A password that was found, or why the file was not used. */
export interface FoundPassword {
  password?: string;
  /** For the hint of a login that is refused. */
  note?: string;
}

/**
 * Looks up a password. Each line is `host:port:database:user:password`. `*` matches any value, a backslash escapes a
 * colon or a backslash, and the first matching line is used. Everything after the fourth colon is the password,
 * including spaces and colons. As in libpq, a file that others may read is ignored; `note` then says so.
 */
export function passwordFor(login: Login, file: string): FoundPassword {
  const read = contentOf(file);
  if ('note' in read) return read;
  for (const line of read.text.split(/\r?\n/)) {
    const password = line.startsWith('#') ? undefined : passwordIn(line, login);
    if (password !== undefined) return { password };
  }
  return {};
}

const LINE = /^((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):(.*)$/s;

function passwordIn(line: string, { host, port, database, user }: Login): string | undefined {
  const [, ...fields] = (LINE.exec(line) ?? []).map((field) => field.replace(/\\(.)/g, '$1'));
  // The server at a Unix socket is written as localhost.
  const wanted = [host.startsWith('/') ? [host, 'localhost'] : [host], [String(port)], [database], [user]];
  const password = fields[4];
  if (password === undefined || password === '') return undefined;
  return wanted.every((names, i) => fields[i] === '*' || names.includes(fields[i] ?? ''))
    ? password
    : undefined;
}

function contentOf(file: string): { text: string } | { note: string } {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { note: `The password file ${file} was not used: it is not a file.` };
    if ((stat.mode & 0o077) !== 0)
      return {
        note: `The password file ${file} was not used: other users may read it. Run \`chmod 600 ${file}\`.`,
      };
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { text: '' };
    return { note: `The password file ${file} was not used: ${(error as Error).message}.` };
  }
}
