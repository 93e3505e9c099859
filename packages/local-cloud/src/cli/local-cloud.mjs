#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// JavaScript, so that a start finds also the first module compiled: to strip types, Node.js loads a compiler.
enableCompileCache();
await import('./main.ts');
