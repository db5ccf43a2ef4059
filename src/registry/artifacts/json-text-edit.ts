/**
 * Metadata that is kept as text (`json`, `text`) is changed as text: only the bytes of the keys that are written
 * change, so 20-digit integers, `1.0`, key order and white space stay as their writer left them.
 */

/** One member of the outermost object; positions are in UTF-16 units of the text. */
interface Member {
  key: string;
  keyStart: number;
  valueStart: number;
  valueEnd: number;
}

/** What a text holds, seen from outside. */
export type Metadata =
  | { kind: 'object'; members: ReadonlyMap<string, Member>; open: number }
  | { kind: 'bad'; reason: string };

/** A key's new raw JSON text, or null to take the key away. */
export type KeyTexts = Readonly<Record<string, string | null>>;

/** Reads the outermost object of a JSON text (RFC 8259). What is no object, or has a key twice, is `bad`. */
export function readMetadata(text: string): Metadata {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'bad', reason: 'it is not JSON' };
  }
  if (value === null) return { kind: 'bad', reason: 'it is null in JSON, not an object' };
  if (Array.isArray(value)) return { kind: 'bad', reason: 'it is an array, not an object' };
  if (typeof value !== 'object') return { kind: 'bad', reason: `it is a ${typeof value}, not an object` };
  return membersOf(text);
}

/** The raw JSON text of a key's value; null when the key is absent. */
export function rawValue(text: string, metadata: Metadata, key: string): string | null {
  const member = metadata.kind === 'object' ? metadata.members.get(key) : undefined;
  return member ? text.slice(member.valueStart, member.valueEnd) : null;
}

/**
 * The text with the keys set or taken away; everything else as it was. A key that is added goes last and takes the
 * white space of the one before it, and taking it away again gives back the text as it was.
 * @throws Error when the text is not an object: whoever calls has read it with `readMetadata`
 */
export function spliceKeys(text: string, changes: KeyTexts): string {
  return Object.entries(changes).reduce((result, [key, raw]) => spliceKey(result, key, raw), text);
}

function spliceKey(text: string, key: string, raw: string | null): string {
  const metadata = membersOf(text);
  if (metadata.kind === 'bad') throw new Error(`metadata cannot be spliced: ${metadata.reason}`);
  const member = metadata.members.get(key);
  if (member && raw !== null) return replace(text, member.valueStart, member.valueEnd, raw);
  if (member) return removeMember(text, metadata.members, member);
  return raw === null ? text : addMember(text, metadata, key, raw);
}

function addMember(
  text: string,
  metadata: Extract<Metadata, { kind: 'object' }>,
  key: string,
  raw: string,
): string {
  const members = [...metadata.members.values()];
  const last = members.at(-1);
  if (!last) return replace(text, metadata.open + 1, metadata.open + 1, `${JSON.stringify(key)}:${raw}`);
  const before = spaceBefore(text, last.keyStart);
  const between = spaceBefore(text, last.valueStart);
  return replace(text, last.valueEnd, last.valueEnd, `,${before}${JSON.stringify(key)}:${between}${raw}`);
}

function removeMember(text: string, members: ReadonlyMap<string, Member>, member: Member): string {
  const all = [...members.values()];
  const index = all.indexOf(member);
  const previous = all[index - 1];
  if (previous) return replace(text, previous.valueEnd, member.valueEnd, '');
  return replace(text, member.keyStart, all[index + 1]?.keyStart ?? member.valueEnd, '');
}

function replace(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

function spaceBefore(text: string, position: number): string {
  let start = position;
  while (start > 0 && isSpace(text.charCodeAt(start - 1))) start -= 1;
  return text.slice(start, position);
}

/** Walks a text that is known to be a JSON object; only strings and nesting matter at this level. */
function membersOf(text: string): Metadata {
  const members = new Map<string, Member>();
  const open = skipSpace(text, 0);
  let at = skipSpace(text, open + 1);
  while (text[at] === '"') {
    const keyStart = at;
    const keyEnd = stringEnd(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    const key: string = JSON.parse(text.slice(keyStart, keyEnd));
    if (members.has(key)) return { kind: 'bad', reason: `it has the key ${JSON.stringify(key)} twice` };
    members.set(key, { key, keyStart, valueStart, valueEnd });
    at = skipSpace(text, valueEnd);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return { kind: 'object', members, open };
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return stringEnd(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (depth === 0 && (char === ',' || char === '}' || isSpace(text.charCodeAt(at)))) return at;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** The position after the closing quote of the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** The four characters that JSON calls white space. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
