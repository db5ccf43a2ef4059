#!/usr/bin/env node
import { answer, die, guardProcess } from './guard.js';

guardProcess();
// Not a static import: that would be loaded before the guard is there.
const program = await import('./program.js').catch(die);
answer(await program.runProgram(process.argv));
