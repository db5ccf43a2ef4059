import { describe } from 'vitest';
import { redUntilFixed } from './scenario.js';
import { failureScenarios } from './scenarios/failures.js';

describe('what keeps a run from its work', () => redUntilFixed(failureScenarios));
