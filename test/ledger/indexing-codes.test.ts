import { describe } from 'vitest';
import { redUntilFixed } from './scenario.js';
import { indexingScenarios } from './scenarios/indexing.js';

describe('every error of the indexing jobs', () => redUntilFixed(indexingScenarios));
