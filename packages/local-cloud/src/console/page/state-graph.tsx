import { useMemo } from 'preact/hooks';
import { type ExecutionPath, retriesOf } from './execution-path.ts';
import { endNode, type GraphEdge, type GraphNode, graphLayout, startNode } from './graph-layout.ts';
import type { Flow } from './state-machine.ts';

const icons: Readonly<Record<string, string>> = {
  'In progress': '◐',
  Succeeded: '✓',
  Failed: '✕',
  'Caught error': '⚠',
  Cancelled: '■',
};

/** The graph of a state machine, and in it the way of an execution. States are buttons. */
export function StateGraph({
  machine,
  path,
  isSucceeded,
  selected,
  onSelect,
}: {
  readonly machine: Flow;
  readonly path: ExecutionPath;
  readonly isSucceeded: boolean;
  readonly selected: string | undefined;
  onSelect(state: string): void;
}) {
  const { width, height, nodes, edges } = useMemo(() => graphLayout(machine), [machine]);
  const isTaken = ({ key, from, to }: GraphEdge): boolean => {
    if (from === startNode) return path.states.size > 0;
    return to === endNode
      ? isSucceeded && path.states.get(from)?.status === 'Succeeded'
      : path.transitions.has(key);
  };
  return (
    <section class="graph" aria-label="State graph">
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the section has a name, and a title would follow the pointer */}
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        {nodes
          .filter(({ isContainer }) => isContainer)
          .map((node) => (
            <Node key={node.name} node={node} path={path} selected={selected} onSelect={onSelect} />
          ))}
        {edges.map((edge) => (
          <path
            key={edge.key}
            d={curve(edge.points)}
            marker-end="url(#arrow)"
            class={['edge', edge.isCatch && 'catch', isTaken(edge) && 'taken'].filter(Boolean).join(' ')}
          />
        ))}
        {nodes
          .filter(({ isContainer }) => !isContainer)
          .map((node) => (
            <Node key={node.name} node={node} path={path} selected={selected} onSelect={onSelect} />
          ))}
      </svg>
    </section>
  );
}

function Node({
  node,
  path,
  selected,
  onSelect,
}: {
  readonly node: GraphNode;
  readonly path: ExecutionPath;
  readonly selected: string | undefined;
  onSelect(state: string): void;
}) {
  const { name, type, x, y, width, height, isContainer } = node;
  if (name === startNode || name === endNode) {
    return (
      <g class="node terminal">
        <rect x={x} y={y} width={width} height={height} rx={height / 2} />
        <text x={x + width / 2} y={y + height / 2 + 4} text-anchor="middle">
          {name.trim()}
        </text>
      </g>
    );
  }
  const run = path.states.get(name);
  const retries = run ? retriesOf(run) : 0;
  const status = run?.status ?? 'Not entered';
  const details = [
    type,
    run && `${icons[run.status]} ${run.status}`,
    retries > 0 && `↻ ${retries}`,
    run && run.visits > 1 && `× ${run.visits}`,
  ];
  const choose = (event: Event) => {
    event.preventDefault();
    onSelect(name);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      class={`node ${status.toLowerCase().replaceAll(' ', '-')} ${isContainer ? 'container' : ''}`}
      role="button"
      tabIndex={0}
      aria-pressed={selected === name}
      onClick={choose}
      onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && choose(event)}
    >
      <rect x={x} y={y} width={width} height={height} rx="6" />
      <text class="name" x={x + 12} y={y + (isContainer ? 16 : 19)}>
        {shortened(name)}
      </text>
      {!isContainer && (
        <text class="detail" x={x + 12} y={y + 35}>
          {details.filter(Boolean).join(' · ')}
        </text>
      )}
    </g>
  );
}

const shortened = (name: string): string => (name.length > 38 ? `${name.slice(0, 37)}…` : name);

/** A smooth line through the points: its bends begin and end half way between them. */
function curve(points: GraphEdge['points']): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) return '';
  const bends = rest.map(({ x, y }, index) => {
    const next = rest[index + 1] ?? last;
    return index === rest.length - 1
      ? `Q${x} ${y} ${last.x} ${last.y}`
      : `Q${x} ${y} ${(x + next.x) / 2} ${(y + next.y) / 2}`;
  });
  return `M${first.x} ${first.y}${bends.join('') || `L${last.x} ${last.y}`}`;
}
