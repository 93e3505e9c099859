import { MethodNotAllowed, NotFound } from '../../domain/protocol/errors.ts';
import { basePath, routes } from '../../domain/protocol/protocol.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';

/**
 * Refuses requests that no route takes.
 *
 * @param apiUrl - public base of the API, whose path the gateway may pass on in place of the stage's
 * @throws MethodNotAllowed when the path exists with another method
 * @throws NotFound otherwise
 */
export function createUnrouted({ apiUrl }: { readonly apiUrl: string }) {
  const bases = [basePath, apiUrl.replace(/^https:\/\/[^/]*/, '')];

  return async ({ method, path }: Pick<HttpRequest, 'method' | 'path'>): Promise<HttpResponse> => {
    const base = bases.find((candidate) => path.startsWith(`${candidate}/`)) ?? '';
    const allowed = methodsOf(path.slice(base.length));
    if (allowed.length === 0 || allowed.includes(method))
      throw new NotFound('There is no such path; GET /openapi.json lists all of them.');
    throw new MethodNotAllowed(`This path does not take ${method}; allowed: ${allowed.join(', ')}.`, allowed);
  };
}

/** The methods of the routes that have a path. */
const methodsOf = (path: string): string[] =>
  routes.flatMap((route) =>
    new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
      ? [route.method]
      : [],
  );

export const handler = http(createUnrouted({ apiUrl: environmentOf('api/unrouted').API_URL }));
