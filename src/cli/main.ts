#!/usr/bin/env node
import { answer, die, guardProcess } from './guard.js';

guardProcess();
// The stack trace of a bug then names the sources, not the bundle.
if (process.argv.includes('--verbose')) process.setSourceMapsEnabled(true);
// Not a static import, which would be loaded before the guard is installed.
const program = await import('./program.js').catch(die);
answer(await program.runProgram(process.argv));
