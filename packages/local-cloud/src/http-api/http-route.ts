import { refusal } from '../cloudformation/property.ts';

/** A route of an HTTP API: `GET /orders/{id}`, `ANY /files/{proxy+}` or `$default`. */
export interface RoutePattern {
  readonly key: string;
  /** Undefined stands for any method. */
  readonly method: string | undefined;
  readonly segments: readonly Segment[];
}

interface Segment {
  readonly kind: 'text' | 'parameter' | 'greedy';
  /** The text, or the parameter's name. */
  readonly name: string;
}

const methods = ['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** @throws Error when the key is not one of an HTTP API. */
export function parseRouteKey(key: string): RoutePattern {
  if (key === '$default') return { key, method: undefined, segments: [{ kind: 'greedy', name: '' }] };
  const [, method = '', path = ''] = /^([A-Z]+) (\/\S*)$/.exec(key) ?? [];
  if (!methods.includes(method))
    throw refusal('RouteKey', key, `"METHOD /path" (${methods.join(', ')}), $default`);
  const segments = segmentsOf(path).map(parseSegment);
  const names = segments.flatMap(({ kind, name }) => (kind === 'text' ? [] : name));
  const isBroken = segments.some(({ kind, name }) => kind === 'text' && /[{}]/.test(name));
  const isGreedyWithin = segments.slice(0, -1).some(({ kind }) => kind === 'greedy');
  if (isBroken || isGreedyWithin || new Set(names).size < names.length) {
    const allowed =
      'parameters that are a whole part of the path, {name}, each of its own name, {name+} last';
    throw refusal('RouteKey', key, allowed);
  }
  return { key, method: method === 'ANY' ? undefined : method, segments };
}

/** Sorts routes as they are to be tried: the most specific first, `$default` last. */
export function bySpecificity(a: RoutePattern, b: RoutePattern): number {
  const rank = { text: 0, parameter: 1, greedy: 2 };
  for (let index = 0; index < Math.max(a.segments.length, b.segments.length); index += 1) {
    const [left, right] = [a.segments[index], b.segments[index]];
    const difference = (left ? rank[left.kind] : -1) - (right ? rank[right.kind] : -1);
    if (difference !== 0) return difference;
  }
  const last = Number(a.key === '$default') - Number(b.key === '$default');
  return last || Number(a.method === undefined) - Number(b.method === undefined);
}

/**
 * Finds the route of a request.
 * @param routes Sorted by {@link bySpecificity}.
 * @param path Decoded, without the stage.
 */
export function selectRoute<R extends RoutePattern>(
  routes: readonly R[],
  method: string,
  path: string,
): { readonly route: R; readonly parameters: Readonly<Record<string, string>> } | undefined {
  const given = segmentsOf(path);
  for (const route of routes) {
    if (route.method !== undefined && route.method !== method) continue;
    const parameters = match(route, given);
    if (parameters) return { route, parameters };
  }
  return undefined;
}

function match(
  { key, segments }: RoutePattern,
  given: readonly string[],
): Record<string, string> | undefined {
  if (key === '$default') return {};
  const parameters = new Map<string, string>();
  for (const [index, { kind, name }] of segments.entries()) {
    const text = given[index];
    if (!text && kind !== 'text') return undefined;
    if (kind === 'greedy') {
      return Object.fromEntries(parameters.set(name, given.slice(index).join('/')));
    }
    if (kind === 'parameter') parameters.set(name, text as string);
    else if (text !== name) return undefined;
  }
  return given.length === segments.length ? Object.fromEntries(parameters) : undefined;
}

function parseSegment(text: string): Segment {
  const [, name, plus] = /^\{([\w.:-]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return { kind: 'text', name: text };
  return { kind: plus ? 'greedy' : 'parameter', name };
}

const segmentsOf = (path: string): string[] => path.split('/').slice(1);
