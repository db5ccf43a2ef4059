import { createContext, Script } from 'node:vm';
import { Failure } from './failure.js';
import { isQuickPattern } from './quick-pattern.js';

/** Longest that one text may take at once. Nothing else happens in this time: no signal is answered. */
const MATCH_MS = 100;
/** A busy host may stop the program in the middle of a match; what is slow as often as this is slow by itself. */
const ATTEMPTS = 3;
/** A text that takes longer is slow; ordinary ones take a thousandth of it. */
const SLOW_MS = 10;
/** So many slow texts may come: all of them together keep a signal waiting for at most half a minute. */
const MAX_SLOW = 100;

const place = createContext({ match: undefined });
const script = new Script('match()');

/**
 * A regular expression that an operator wrote, over keys that anybody may have written. A match is cut off after
 * `MATCH_MS`, so that no key can keep the program from its end or from answering a signal. An expression whose form
 * already says that it is quick runs as it is; others run under a timer, which costs some 0.1 ms for each text.
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
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const startedMs = performance.now();
      found = this.#timed(text);
      if (found !== undefined && performance.now() - startedMs <= SLOW_MS) return found;
    }
    if (found === undefined)
      throw this.#tooSlow(`more than ${MATCH_MS} ms for the key ${JSON.stringify(text.slice(0, 200))}`);
    this.#slow += 1;
    if (this.#slow > MAX_SLOW) throw this.#tooSlow(`more than ${SLOW_MS} ms each for ${this.#slow} keys`);
    return found;
  }

  /** Undefined when it was cut off. */
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
