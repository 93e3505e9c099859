import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Handler, runMachine } from './run-machine.ts';

const app = join(__dirname, '../apps/choices');
const handlerIn = (folder: string): Handler => require(join(app, folder, 'index.js')).handler;
let definition: object;

/** The text of a DefinitionString, in which functions are named by the start of their logical ids. */
function resolved(part: unknown): string {
  if (typeof part === 'string') return part;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = part as Record<string, string | unknown[]>;
  if (Ref === 'AWS::Partition') return 'aws';
  if (join) return (join[1] as unknown[]).map(resolved).join('');
  return `arn:aws:lambda:us-east-1:000000000000:function:${String(attribute?.[0]).replace(/Function.*/, '')}`;
}

beforeAll(() => {
  const folder = temporaryFolder();
  execFileSync('node', [join(app, 'app.ts')], { env: { ...process.env, CDK_OUTDIR: folder } });
  const { Resources } = JSON.parse(readFileSync(join(folder, 'Shipping.template.json'), 'utf8'));
  const machine = Object.values<{ Type: string; Properties: { DefinitionString: unknown } }>(Resources).find(
    ({ Type }) => Type === 'AWS::StepFunctions::StateMachine',
  );
  definition = JSON.parse(resolved(machine?.Properties.DefinitionString));
});

const ship = (input: object) =>
  runMachine(definition, input, { Price: handlerIn('price'), Pack: handlerIn('pack') });
const lines = [
  { sku: 'book', quantity: 2 },
  { sku: 'pen', quantity: 1 },
];

describe('an app with all flow states, as the CDK writes them', () => {
  it('ships a parcel', async () => {
    expect(await ship({ lines, express: true })).toMatchObject({
      output: {
        lines,
        express: true,
        prices: [
          { line: 0, amount: 2500 },
          { line: 1, amount: 199 },
        ],
        prepared: { parcel: 'packed', label: '2 lines for name' },
        by: 'air',
      },
    });
    expect(await ship({ lines })).toMatchObject({ output: { by: 'land' } });
  });

  it.each([[{}], [{ lines: [] }]])('fails without lines: %j', async (input) => {
    expect(await ship(input)).toMatchObject({
      error: 'NothingToShip',
      explanation: 'The parcel has no lines.',
    });
  });

  it('catches the failure of a line and of a branch', async () => {
    expect(await ship({ lines: [{ sku: 'car', quantity: 1 }] })).toMatchObject({
      output: { refused: { Error: 'UnknownProduct' } },
    });
    expect(await ship({ lines, note: 'glass' })).toMatchObject({
      error: 'Broken',
      explanation: 'Packing failed.',
    });
  });
});
