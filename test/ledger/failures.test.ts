import { describe } from 'vitest';
import { redUntilFixed } from './scenario.js';
import { failureScenarios } from './scenarios/failures.js';

describe('what prevents a run from working', () => redUntilFixed(failureScenarios));
