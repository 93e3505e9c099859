import { Graph, layout } from '@dagrejs/dagre';
import {
  type Flow,
  innerFlows,
  type State,
  type Transition,
  transitionKey,
  transitionsOf,
} from './state-machine.ts';

/** Where something is, in pixels from the top left. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A state in the graph; one with flows of its own is drawn around them. */
export interface GraphNode extends Box {
  readonly name: string;
  readonly type: string;
  readonly isContainer: boolean;
}

/** A transition in the graph. */
export interface GraphEdge extends Transition {
  readonly key: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A state machine as it is drawn. */
export interface StateGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Names of the two nodes that are no states; no state may have such a name, as it would be too long. */
export const [startNode, endNode] = [`Start${' '.repeat(80)}`, `End${' '.repeat(80)}`];

const nodeHeight = 44;
const padding = 16;
const heading = 24;

/** Lays a state machine out, from its start to its end. */
export function graphLayout(machine: Flow): StateGraph {
  return flowLayout(machine, true);
}

/** dagre cannot lead edges to a group: what is within a state is laid out first, and is then a node of that size. */
function flowLayout(flow: Flow, isMachine: boolean): StateGraph {
  const inner = new Map(Object.entries(flow.States).map(([name, state]) => [name, innerLayout(state)]));
  const graph = new Graph();
  graph.setGraph({ nodesep: 28, ranksep: 40, marginx: 4, marginy: 4 });
  for (const [name, within] of inner) graph.setNode(name, sizeOf(name, within));
  const ways = isMachine ? [...transitionsOf(flow), ...fromStartToEnd(flow)] : transitionsOf(flow);
  if (isMachine) for (const name of [startNode, endNode]) graph.setNode(name, { width: 56, height: 28 });
  for (const { from, to } of ways) graph.setEdge(from, to, {});
  layout(graph);

  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (const name of graph.nodes()) {
    const box = cornered(graph.node(name));
    const within = inner.get(name);
    nodes.push({ ...box, name, type: flow.States[name]?.Type ?? '', isContainer: within !== undefined });
    if (!within) continue;
    const [dx, dy] = [box.x + (box.width - within.width) / 2, box.y + heading];
    nodes.push(...within.nodes.map((node) => ({ ...node, x: node.x + dx, y: node.y + dy })));
    edges.push(...within.edges.map((edge) => moved(edge, dx, dy)));
  }
  for (const way of ways) {
    const { points = [] } = graph.edge(way.from, way.to);
    edges.push({ ...way, key: transitionKey(way), points });
  }
  const { width = 0, height = 0 } = graph.graph();
  return { width, height, nodes, edges };
}

/** The flows within a state, side by side. */
function innerLayout(state: State): StateGraph | undefined {
  const flows = innerFlows(state).map((flow) => flowLayout(flow, false));
  if (flows.length === 0) return undefined;
  let width = 0;
  const [nodes, edges]: [GraphNode[], GraphEdge[]] = [[], []];
  for (const flow of flows) {
    const dx = width;
    nodes.push(...flow.nodes.map((node) => ({ ...node, x: node.x + dx })));
    edges.push(...flow.edges.map((edge) => moved(edge, dx, 0)));
    width += flow.width + padding;
  }
  return { width: width - padding, height: Math.max(...flows.map(({ height }) => height)), nodes, edges };
}

function fromStartToEnd({ StartAt, States }: Flow): readonly Transition[] {
  const isLast = ({ Next, Choices }: State) => !Next && !Choices;
  const last = Object.entries(States).filter(([, state]) => isLast(state));
  return [
    { from: startNode, to: StartAt, isCatch: false },
    ...last.map(([from]) => ({ from, to: endNode, isCatch: false })),
  ];
}

function sizeOf(name: string, within: StateGraph | undefined) {
  const width = Math.min(Math.max(name.length * 7.5 + 48, 190), 320);
  if (!within) return { width, height: nodeHeight };
  return { width: Math.max(width, within.width + 2 * padding), height: within.height + heading + padding };
}

/** dagre gives the middle of a node. */
function cornered({
  x = 0,
  y = 0,
  width,
  height,
}: {
  x?: number;
  y?: number;
  width: number;
  height: number;
}): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

const moved = (edge: GraphEdge, dx: number, dy: number): GraphEdge => ({
  ...edge,
  points: edge.points.map(({ x, y }) => ({ x: x + dx, y: y + dy })),
});
