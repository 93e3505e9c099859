/** Writes the OpenAPI and AsyncAPI descriptions to `dist/`, for linters and generators. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { asyncapi } from '../domain/description/asyncapi.ts';
import { openapi } from '../domain/description/openapi.ts';

const folder = path.join(import.meta.dirname, '../dist');
mkdirSync(folder, { recursive: true });
for (const [name, description] of Object.entries({ openapi: openapi(), asyncapi: asyncapi() })) {
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(description, null, 2)}\n`);
}
