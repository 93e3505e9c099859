import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { assetOf, functionsOf } from '../support/stack.ts';

it.each(Object.keys(functionsOf()))(
  'the bundle of %s takes the credentials that Lambda gives it, and brings no other provider',
  (name) => {
    const bundle = readFileSync(path.join(assetOf(name, 'development'), 'index.js'), 'utf8');

    expect(bundle).not.toMatch(/fromSSO|fromInstanceMetadata|fromTokenFile|fromIni/);
  },
);
