import { counted } from '../../../core/pluralize.js';
import type { Candidate } from './candidate.js';
import type { Decision } from './decision.js';
import type { Tier } from './matcher.js';
import { shortPrintable } from './short-printable.js';

const TIER_WORDS: Readonly<Record<Tier, string>> = {
  anchored: 'its path ends with the full recorded path',
  tail: 'the end of its path matches the expected path',
  basename: 'its name matches exactly',
  similar: 'its name is similar',
  digest: 'matched by content only',
};

/** The location of a candidate, for people. */
export function placeOf(candidate: Candidate): string {
  return shortPrintable(`${candidate.hit.object} : ${candidate.hit.member}`);
}

/** Facts about a candidate that have no statement of their own. */
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

/**
 * The statement for each fact about a candidate, in this order. Every fact must be here or in `Unsaid`, or it does not
 * compile.
 */
const STATEMENTS: Readonly<
  Record<Exclude<keyof Candidate, Unsaid>, (one: Candidate) => Statement | Statement[]>
> = {
  tier: ({ tier, expected }) =>
    `${TIER_WORDS[tier]}${tier === 'digest' ? '' : ` (${shortPrintable(expected)})`}`,
  digest: ({ digest }) =>
    digest === 'none'
      ? undefined
      : `its SHA-256 ${digest === 'equal' ? 'matches' : 'differs from'} the recorded one`,
  sizeContradicts: (one) => (one.sizeContradicts ? 'its size differs from the recorded one' : undefined),
  contradicts: ({ contradicts }) => contradicts,
  person: ({ person }) => (person === 'none' ? undefined : `a person ${person} it`),
  checkReason: ({ checkReason }) => checkReason,
  generic: ({ generic }) => generic,
  contested: ({ contested }) => contested,
  trusted: ({ trusted, distrust }) => (trusted ? undefined : (distrust ?? 'its source requires review')),
  plantable: ({ plantable }) =>
    plantable ? 'the format runs code when loaded, and anyone could have created the file' : undefined,
  hit: ({ hit }) => [hit.superseded === undefined ? undefined : `superseded: ${hit.superseded}`, hit.history],
  contentKey: ({ contentKey, hit }) => [
    contentKey.startsWith('provisional:')
      ? 'its content is identified by path, size, and time within its series'
      : undefined,
    hit.sizeBytes === undefined ? 'its size is unknown' : undefined,
  ],
};

/** The evidence for and against one candidate, one statement each. */
export function evidenceOf(one: Candidate): string[] {
  return Object.values(STATEMENTS)
    .flatMap((say) => say(one))
    .filter((statement) => statement !== undefined && statement !== '')
    .map((statement) => shortPrintable(statement ?? ''));
}

/** The reason for the decision, in sentences, with a comparison to the second-best candidate. */
export function explain(
  decision: Decision,
  context: { expected: readonly string[]; blocked?: string; places?: number },
): string {
  const names =
    some(
      context.expected.map((name) => shortPrintable(name)),
      ', ',
    ) || 'an unknown name';
  const chosen = decision.chosen;
  const where = chosen === undefined ? '' : placeOf(chosen);
  const several =
    context.places === undefined ? 'Several files have' : counted(context.places, 'file has', 'files have');
  const reasons: Record<Decision['rule'], string> = {
    '1-digest': `The SHA-256 of ${where} matches the recorded one.`,
    '2-approved': `A person accepted exactly this candidate: ${where}.`,
    '2-changed':
      'The candidate that a person accepted is gone or has changed. Withdraw the decision or accept another candidate.',
    '5-contested': disputedText(decision),
    '6-ambiguous': `${counted(decision.contents, 'candidate')} with different content match equally well (${names}).`,
    '7-anchored': `The path of ${where} ends with the full recorded path.${unread(chosen)}`,
    '8-specific-name': `${where} has the specific name ${chosen === undefined ? '' : shortPrintable(chosen.expected)}${chosen?.check === 'pass' ? ', and its content passed the format check' : ''}.${unread(chosen)}`,
    '9-weak': `Possible match: ${where}, but ${chosen === undefined ? '' : weakness(chosen)}.`,
    '9-weaker': `${where} has the expected name, but a candidate that matched more of the path was ruled out: ${[...new Set(decision.rejected.values())].slice(0, 3).join('; ')}.`,
    '9-similar': `No file is named ${names}. One candidate has a similar name: ${where}.`,
    '10-generic': `${several} the expected name, with at least ${counted(decision.contents, 'different content')}, and their paths do not tell them apart.`,
    '10-residual':
      context.expected.length === 0
        ? 'The registry does not record the name of the file.'
        : `${names} was not found in any searched source.`,
    '11-undecided': `${decision.contents > 0 ? `${several} the expected name, and nothing tells them apart` : 'Nothing was found'}, but a source that could have ${names} could not be searched.`,
    'all-rejected': `All candidates for ${names} were ruled out: ${some([...new Set(decision.rejected.values())], '; ')}.`,
    'external-reference': 'The row has no local file: it refers to something elsewhere.',
    unrecoverable:
      'Nothing was found in any archive or source, and a configured rule says that there never was a file.',
    blocked: `The row cannot be changed: ${context.blocked ?? ''}.`,
  };
  return [reasons[decision.rule], chosen === undefined ? '' : marginOf(decision, chosen)]
    .filter((s) => s !== '')
    .join(' ');
}

/** The first of several names or reasons, and how many more there are. */
function some(all: readonly string[], separator: string): string {
  const more = all.length - NAMED;
  return all.slice(0, NAMED).join(separator) + (more > 0 ? ` and ${more} more` : '');
}

const NAMED = 5;

/** Nothing is claimed of a content that was not read. */
function unread(chosen: Candidate | undefined): string {
  return chosen?.check === 'deferred'
    ? ' Its content was not read during planning: apply reads it and checks it.'
    : '';
}

function disputedText({ disputed }: Decision): string {
  if (disputed === undefined) return '';
  return `${placeOf(disputed)} may belong to another artifact: ${disputed.contested}.`;
}

function weakness(one: Candidate): string {
  const reasons = [
    one.trusted ? undefined : (one.distrust ?? 'its source requires review'),
    one.plantable
      ? 'the format runs code when loaded, so a copy in a directory is bound only if its digest is recorded'
      : undefined,
    one.generic,
    one.check === 'unknown' || one.check === 'cut' ? one.checkReason : undefined,
    one.contentKey.startsWith('unread:') ? 'its content could not be read during planning' : undefined,
  ];
  return reasons.filter((reason) => reason !== undefined).join('; ') || 'only its name matches';
}

function marginOf(decision: Decision, chosen: Candidate): string {
  const second = decision.runnerUp;
  if (second === undefined) return 'No other candidate has different content.';
  const out = decision.rejected.get(second.cid);
  const standing = out === undefined ? TIER_WORDS[second.tier] : `ruled out because ${out}`;
  const distance = chosen.tier === second.tier && out === undefined ? 'equally strong' : 'weaker';
  return `Second best: ${placeOf(second)} (${second.cid}), ${distance}: ${standing}.`;
}
