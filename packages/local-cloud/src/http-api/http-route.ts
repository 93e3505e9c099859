import { refusal } from '../cloudformation/property.ts';

/** A route of an HTTP API: `GET /orders/{id}`, `ANY /files/{proxy+}` or `$default`. */
export interface RoutePattern {
  readonly key: string;
  /** Undefined stands for any method. */
  readonly method: string | undefined;
  /** Matches a whole path, with a group for each parameter. */
  readonly form: RegExp;
  /** Names of the parameters. */
  readonly names: readonly string[];
  /** Routes are tried in the order of their ranks. */
  readonly rank: string;
}

const methods = ['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** @throws Error when the key is not one of an HTTP API. */
export function parseRouteKey(key: string): RoutePattern {
  if (key === '$default') return { key, method: undefined, form: /^/, names: [], rank: '~' };
  const [, method = '', path = ''] = /^([A-Z]+) (\/\S*)$/.exec(key) ?? [];
  if (!methods.includes(method))
    throw refusal('RouteKey', key, `"METHOD /path" (${methods.join(', ')}), $default`);
  const isAny = method === 'ANY';
  const segments = path.split('/').slice(1).map(parseSegment);
  const names = segments.flatMap(({ name }) => name ?? []);
  const isBroken = segments.some(({ form }) => /[{}]/.test(form));
  const isGreedyWithin = segments.slice(0, -1).some(({ rank }) => rank === greedy);
  if (isBroken || isGreedyWithin || new Set(names).size < names.length) {
    const allowed =
      'parameters that are a whole part of the path, {name}, each of its own name, {name+} last';
    throw refusal('RouteKey', key, allowed);
  }
  return {
    key,
    method: isAny ? undefined : method,
    form: new RegExp(`^${segments.map(({ form }) => `/${form}`).join('')}$`, 's'),
    names,
    // The signs after the segments sort before any segment, so that a path goes before those that continue it.
    rank: segments.map(({ rank }) => rank).join('') + (isAny ? '"' : '!'),
  };
}

/** Sorts routes as they are to be tried: the most specific first, `$default` last. */
export function bySpecificity(a: RoutePattern, b: RoutePattern): number {
  return a.rank < b.rank ? -1 : Number(a.rank > b.rank);
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
  for (const route of routes) {
    if (route.method !== undefined && route.method !== method) continue;
    const match = route.form.exec(path);
    if (!match) continue;
    const parameters = Object.fromEntries(route.names.map((name, index) => [name, match[index + 1] ?? '']));
    return { route, parameters };
  }
  return undefined;
}

const greedy = '2';

function parseSegment(text: string): { rank: string; form: string; name?: string } {
  const [, name, plus] = /^\{([\w.:-]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return { rank: '0', form: text.replace(/[^\w{}]/g, '\\$&') };
  return plus ? { rank: greedy, form: '([^/].*)', name } : { rank: '1', form: '([^/]+)', name };
}
