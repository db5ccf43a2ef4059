import type { Candidate } from './candidate.js';
import type { Decision } from './decision.js';
import type { Tier } from './matcher.js';
import { shortPrintable } from './short-printable.js';

const TIER_WORDS: Readonly<Record<Tier, string>> = {
  anchored: 'its path ends in the whole path of the row',
  tail: 'the end of its path is the expected one',
  basename: 'its name is exactly the expected one',
  similar: 'its name is similar to the expected one',
  digest: 'only its content was looked for',
};

/** Where a candidate is, as a person reads it. */
export function placeOf(candidate: Candidate): string {
  return shortPrintable(`${candidate.hit.object} : ${candidate.hit.member}`);
}

/** Facts about a candidate of which its evidence says nothing, or which another fact's statement says. */
type Unsaid =
  | 'cid'
  | 'segments'
  | 'expected'
  | 'sha256'
  | 'check'
  | 'distrust'
  | 'absent'
  | 'superseded'
  | 'cached';

type Statement = string | undefined;

/** What each fact says for a candidate or against it, in this order. A fact that is not here does not compile. */
const STATEMENTS: Readonly<
  Record<Exclude<keyof Candidate, Unsaid>, (one: Candidate) => Statement | Statement[]>
> = {
  tier: ({ tier, expected }) =>
    `${TIER_WORDS[tier]}${tier === 'digest' ? '' : ` (${shortPrintable(expected)})`}`,
  digest: ({ digest }) =>
    digest === 'none' ? undefined : `its SHA-256 is ${digest === 'equal' ? '' : 'not '}the one on record`,
  sizeContradicts: (one) => (one.sizeContradicts ? 'its size is not the one on record' : undefined),
  contradicts: ({ contradicts }) => contradicts,
  person: ({ person }) => (person === 'none' ? undefined : `a person ${person} it`),
  checkReason: ({ checkReason }) => checkReason,
  generic: ({ generic }) => generic,
  contested: ({ contested }) => contested,
  trusted: ({ trusted, distrust }) =>
    trusted ? undefined : (distrust ?? 'its source is only to be reviewed'),
  plantable: ({ plantable }) =>
    plantable ? 'the format runs code when it is loaded and anyone may have put it there' : undefined,
  hit: ({ hit }) => [hit.superseded === undefined ? undefined : `superseded: ${hit.superseded}`, hit.history],
  contentKey: ({ contentKey, hit }) => [
    contentKey.startsWith('provisional:')
      ? 'its content is known by path, size and time within its series'
      : undefined,
    hit.sizeBytes === undefined ? 'its size is not known yet' : undefined,
  ],
};

/** The evidence for and against one candidate, one statement each. */
export function evidenceOf(one: Candidate): string[] {
  return Object.values(STATEMENTS)
    .flatMap((say) => say(one))
    .filter((statement) => statement !== undefined && statement !== '')
    .map((statement) => shortPrintable(statement ?? ''));
}

/** Why the row was decided so, in sentences, with the distance to the second best. */
export function explain(
  decision: Decision,
  context: { expected: readonly string[]; blocked?: string; places?: number },
): string {
  const names =
    some(
      context.expected.map((name) => shortPrintable(name)),
      ', ',
    ) || 'no name that is known';
  const chosen = decision.chosen;
  const where = chosen === undefined ? '' : placeOf(chosen);
  const reasons: Record<Decision['rule'], string> = {
    '1-digest': `The content of ${where} has the SHA-256 that the row has on record.`,
    '2-approved': `A person accepted exactly this candidate: ${where}.`,
    '2-changed':
      'The candidate that a person accepted is gone, or is not what it was. Withdraw the decision or accept another candidate.',
    '5-contested': `${where} may be another artifact's: ${chosen?.contested ?? 'it is wanted by several rows'}.`,
    '6-ambiguous': `${decision.contents} candidates with different content match equally well (${names}).`,
    '7-anchored': `The path of ${where} ends in the whole path of the row, and no other content's does.`,
    '8-specific-name': `${where} has the specific name ${chosen === undefined ? '' : shortPrintable(chosen.expected)}, ${chosen?.check === 'pass' ? 'its content fits' : 'its content is checked when it is read'}, and no other content has as strong a name.`,
    '9-weak': `Possible match: ${where}, but ${chosen === undefined ? '' : weakness(chosen)}.`,
    '9-weaker': `${where} has the expected name, but a place with more of the path was found and is out: ${[...new Set(decision.rejected.values())].slice(0, 3).join('; ')}.`,
    '9-similar': `Nothing has the name ${names}; one content has a similar name: ${where}.`,
    '10-generic': `${context.places ?? 'Several'} files have the expected name and at least ${decision.contents} different contents, and no path tells them apart.`,
    '10-residual':
      context.expected.length === 0
        ? 'Nothing in the registry says what the file was called.'
        : `No source that was searched has ${names}.`,
    '11-undecided': `Nothing was found, but a source that could hold ${names} did not answer.`,
    'all-rejected': `Everything that was found under ${names} is something else: ${some([...new Set(decision.rejected.values())], '; ')}.`,
    'external-reference': 'The row has no file of its own: it refers to something elsewhere.',
    unrecoverable:
      'Nothing was found in all archives and sources, and a rule says that there never was a file.',
    blocked: `The row can't be changed as it is: ${context.blocked ?? ''}.`,
  };
  return [reasons[decision.rule], chosen === undefined ? '' : marginOf(decision, chosen)]
    .filter((s) => s !== '')
    .join(' ');
}

/** Names or reasons in a sentence: the first of them, and how many more there are. */
function some(all: readonly string[], separator: string): string {
  const more = all.length - NAMED;
  return all.slice(0, NAMED).join(separator) + (more > 0 ? ` and ${more} more` : '');
}

const NAMED = 5;

function weakness(one: Candidate): string {
  const reasons = [
    one.trusted ? undefined : (one.distrust ?? 'its source is only to be reviewed'),
    one.plantable
      ? 'the format runs code when it is loaded, so from a directory it is bound by its digest only'
      : undefined,
    one.generic,
    one.check === 'unknown' || one.check === 'cut' ? one.checkReason : undefined,
    one.contentKey.startsWith('unread:') ? 'its content could not be read while planning' : undefined,
  ];
  return reasons.filter((reason) => reason !== undefined).join('; ') || 'nothing but its name';
}

function marginOf(decision: Decision, chosen: Candidate): string {
  const second = decision.runnerUp;
  if (second === undefined) return 'No other candidate has different content.';
  const out = decision.rejected.get(second.cid);
  const standing = out === undefined ? TIER_WORDS[second.tier] : `it is out because ${out}`;
  const distance = chosen.tier === second.tier && out === undefined ? 'as strong' : 'weaker';
  return `The second best is ${placeOf(second)} (${second.cid}), ${distance}: ${standing}.`;
}
