#!/usr/bin/env node
import { guardProcess } from './guard.js';
import { runProgram } from './program.js';

guardProcess();
await runProgram(process.argv);
