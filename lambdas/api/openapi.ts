import { openapi } from '../../domain/description/openapi.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';

/** Answers the OpenAPI description; its one server is the API that was asked. */
export function createOpenapi(description: () => object) {
  return async (_: HttpRequest): Promise<HttpResponse> => ({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' },
    body: description(),
  });
}

export const handler = http(createOpenapi(openapi));
