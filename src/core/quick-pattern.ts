/** Allowed number of repetitions that can cause a retry at every character. */
const MAX_VARIABLE = 1;
/** Allowed number of `?` and `|`, each of which at most doubles the number of ways to match. */
const MAX_CHOICES = 4;
const MAX_COUNT = 1000;

interface Group {
  /** Contains a repetition or a choice, so the group itself must not be repeated. */
  varies: boolean;
}

/**
 * Whether the form of a regular expression proves that a match takes at most about the square of the text's length:
 * only single characters and classes are repeated, one of them without a fixed count (two where the expression begins
 * with `^`), and there are few choices. `false` proves nothing: the expression may still be fast.
 */
export function isQuickPattern(source: string): boolean {
  const groups: Group[] = [{ varies: false }];
  let [variable, choices] = [0, 0];
  const vary = (): void => {
    for (const group of groups) group.varies = true;
  };
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    if (rest.startsWith('|')) {
      choices += 1;
      vary();
      at += 1;
      continue;
    }
    if (rest.startsWith('(')) {
      const open = /^\((?:\?:|\?<[A-Za-z_$][\w$]*>)?(?!\?)/.exec(rest)?.[0];
      if (open === undefined) return false;
      groups.push({ varies: false });
      at += open.length;
      continue;
    }
    const group = rest.startsWith(')') ? groups.pop() : undefined;
    const atom = group === undefined ? atomOf(rest) : ')';
    if (atom === undefined || groups.length === 0) return false;
    at += atom.length;
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(source.slice(at))?.[0] ?? '';
    at += quantifier.length;
    const kind = kindOf(quantifier);
    if (kind === 'too many' || (group?.varies && kind === 'fixed' && quantifier !== '')) return false;
    if (kind === 'variable' && group !== undefined) return false;
    if (kind === 'variable') variable += 1;
    if (kind === 'choice') choices += 1;
    if (kind !== 'fixed') vary();
  }
  const allowed = source.startsWith('^') && !source.includes('|') ? MAX_VARIABLE + 1 : MAX_VARIABLE;
  return groups.length === 1 && variable <= allowed && choices <= MAX_CHOICES;
}

/** A single character, class or escape; undefined for anything else, such as a back reference. */
function atomOf(rest: string): string | undefined {
  if (rest.startsWith('[')) return /^\[(?:\\.|[^\]\\])*\]/su.exec(rest)?.[0];
  if (rest.startsWith('\\'))
    return /^\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[^1-9kpPux])/u.exec(
      rest,
    )?.[0];
  if (/^[*+?{}\])]/.test(rest)) return undefined;
  return /^./su.exec(rest)?.[0];
}

function kindOf(quantifier: string): 'fixed' | 'choice' | 'variable' | 'too many' {
  if (quantifier === '') return 'fixed';
  if (quantifier.startsWith('?')) return 'choice';
  if (/^[*+]/.test(quantifier)) return 'variable';
  const [from = 0, to] = (/\d+(?:,\d*)?/.exec(quantifier)?.[0] ?? '').split(',').map(Number);
  if (from > MAX_COUNT || (to ?? 0) > MAX_COUNT) return 'too many';
  return to === undefined || to === from ? 'fixed' : 'variable';
}
