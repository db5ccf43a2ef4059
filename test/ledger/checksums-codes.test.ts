import { describe } from 'vitest';
import { redUntilFixed } from './scenario.js';
import { checksumScenarios } from './scenarios/checksums.js';

describe('every error of the checksums jobs', () => redUntilFixed(checksumScenarios));
