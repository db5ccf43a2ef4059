import { createContext, Script } from 'node:vm';
import { Failure } from './failure.js';
import { counted } from './pluralize.js';
import { isQuickPattern } from './quick-pattern.js';

/** The most time that one match may take. Nothing else runs during a match, not even signal handlers. */
const MATCH_MS = 100;
/** Number of attempts before a match counts as slow, because a busy host can suspend the program during a match. */
const ATTEMPTS = 3;
/** On a host so busy that this many attempts get less than `MATCH_MS` of its processors, the match counts as slow. */
const MAX_ATTEMPTS = 50;
/** A match that takes longer counts as slow; ordinary matches take a thousandth of this. */
const SLOW_MS = 10;
/** Allowed number of slow matches: together they delay the response to a signal by at most half a minute. */
const MAX_SLOW = 100;

/** What this process has used of the processors. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const place = createContext({ match: undefined });
const script = new Script('match()');

/**
 * A regular expression from an operator, matched against untrusted keys. A match is aborted after `MATCH_MS`, so that no
 * key can keep the program from finishing or from responding to a signal. An expression that is fast by construction
 * runs directly; others run with a timer, which costs about 0.1 ms per text.
 */
export class OperatorPattern extends RegExp {
  readonly #name: string;
  readonly #isQuick: boolean;
  #slow = 0;

  /** `name` is the setting, for messages. @throws SyntaxError */
  constructor(name: string, source: string) {
    super(source, 'u');
    this.#name = name;
    this.#isQuick = isQuickPattern(source);
  }

  /** @throws Failure `pattern.too_slow` */
  override exec(text: string): RegExpExecArray | null {
    if (this.#isQuick) return super.exec(text);
    let found: RegExpExecArray | null | undefined;
    const before = process.cpuUsage();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const startedMs = performance.now();
      found = this.#timed(text);
      if (found !== undefined && performance.now() - startedMs <= SLOW_MS) return found;
      if (attempt >= ATTEMPTS && (found !== undefined || cpuMsSince(before) >= MATCH_MS)) break;
    }
    if (found === undefined)
      throw this.#tooSlow(`more than ${MATCH_MS} ms for the key ${JSON.stringify(text.slice(0, 200))}`);
    this.#slow += 1;
    if (this.#slow > MAX_SLOW)
      throw this.#tooSlow(`more than ${SLOW_MS} ms each for ${counted(this.#slow, 'key')}`);
    return found;
  }

  /** Undefined if the match was aborted. */
  #timed(text: string): RegExpExecArray | null | undefined {
    place.match = () => super.exec(text);
    try {
      return script.runInContext(place, { timeout: MATCH_MS }) as RegExpExecArray | null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      return undefined;
    } finally {
      place.match = undefined;
    }
  }

  #tooSlow(howLong: string): Failure {
    return new Failure('pattern.too_slow', `${this.#name}: ${JSON.stringify(this.source)} took ${howLong}`, {
      hint: 'avoid nested repetition such as (a+)+ or (a|b)*, and start the expression with ^',
    });
  }
}
