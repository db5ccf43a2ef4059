import { describe } from 'vitest';
import { redUntilFixed } from './scenario.js';
import { recoveryScenarios } from './scenarios/recovery.js';

describe('every error of the recovery jobs', () => redUntilFixed(recoveryScenarios));
