#!/usr/bin/env node
/** The operators' command line tool: `npm run ops -- help`. */
import { createOperatorFunction } from './ops/operator-function.ts';
import { runOps } from './ops/run-ops.ts';
import { createTerminal } from './ops/terminal.ts';

process.exitCode = await runOps(process.argv.slice(2), {
  connect: createOperatorFunction,
  terminal: createTerminal(process),
  environment: process.env,
  clock: () => new Date(),
});
