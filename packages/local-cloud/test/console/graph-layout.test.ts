import { describe, expect, it } from '@jest/globals';
import { type Box, endNode, graphLayout, startNode } from '../../src/console/page/graph-layout.ts';
import type { Flow } from '../../src/console/page/state-machine.ts';

const machine: Flow = {
  StartAt: 'Any lines?',
  States: {
    'Any lines?': { Type: 'Choice', Choices: [{ Next: 'Each line' }], Default: 'Nothing' },
    'Each line': {
      Type: 'Map',
      ItemProcessor: {
        StartAt: 'Price',
        States: { Price: { Type: 'Task', Next: 'Add' }, Add: { Type: 'Pass' } },
      },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Nothing' }],
      Next: 'Done',
    },
    Nothing: { Type: 'Fail' },
    Done: { Type: 'Succeed' },
  },
};

const { nodes, edges, width, height } = graphLayout(machine);
const node = (name: string) => nodes.find((each) => each.name === name) as Box & { isContainer: boolean };
const bottom = ({ y, height }: Box) => y + height;
const isWithin = (inner: Box, outer: Box) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  bottom(inner) <= bottom(outer) &&
  inner.x + inner.width <= outer.x + outer.width;

describe('the graph of a state machine', () => {
  it('leads from the start down to the end', () => {
    const downwards = [startNode, 'Any lines?', 'Each line', 'Done', endNode].map(node);

    for (const [index, box] of downwards.slice(1).entries())
      expect(box.y).toBeGreaterThan(bottom(downwards[index] as Box));
  });

  it('draws the states of a Map state within it', () => {
    expect(node('Each line').isContainer).toBe(true);
    for (const name of ['Price', 'Add']) expect(isWithin(node(name), node('Each line'))).toBe(true);
    expect(node('Done').isContainer).toBe(false);
  });

  it('has an edge for every transition, and tells those that are taken on failure', () => {
    const drawn = edges.map(({ from, to, isCatch }) => [from.trim(), to.trim(), isCatch]);

    expect(drawn).toHaveLength(8);
    expect(drawn).toContainEqual(['Each line', 'Nothing', true]);
    expect(drawn).toContainEqual(['Any lines?', 'Nothing', false]);
    expect(drawn).toContainEqual(['Price', 'Add', false]);
  });

  it('keeps everything within its size', () => {
    for (const each of nodes) expect(isWithin(each, { x: 0, y: 0, width, height })).toBe(true);
    for (const { x, y } of edges.flatMap(({ points }) => points)) {
      expect(x >= 0 && x <= width).toBe(true);
      expect(y >= 0 && y <= height).toBe(true);
    }
  });
});
