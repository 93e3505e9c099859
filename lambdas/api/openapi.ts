import { openapi } from '../../domain/description/openapi.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';

/** Serves the OpenAPI description. */
export function createOpenapi(description: () => object) {
  return async (_: HttpRequest): Promise<HttpResponse> => ({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' },
    body: description(),
  });
}

const { API_URL } = environmentOf('api/openapi');
export const handler = http(createOpenapi(() => openapi(API_URL)));
