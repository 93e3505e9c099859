import { asyncapi } from '../../domain/description/asyncapi.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';

/** Serves the AsyncAPI description of the WebSocket API. */
export function createAsyncapi(description: () => object) {
  return async (_: HttpRequest): Promise<HttpResponse> => ({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' },
    body: description(),
  });
}

export const handler = http(createAsyncapi(asyncapi));
