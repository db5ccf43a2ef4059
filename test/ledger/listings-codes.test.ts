import { describe } from 'vitest';
import { redUntilFixed } from './scenario.js';
import { listingScenarios } from './scenarios/listings.js';

describe('every error of the listings jobs', () => redUntilFixed(listingScenarios));
