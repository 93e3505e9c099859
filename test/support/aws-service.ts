import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A request to an AWS service. */
export interface AwsRequest {
  /** `POST /v2/email/outbound-emails`. */
  readonly route: string;
  /** `StartExecution`, where the service names operations in a header. */
  readonly operation: string | undefined;
  readonly input: object;
  /** The header with which services pass a trace on. */
  readonly traceId: string | undefined;
}

/** A response: the output of the operation, an error, or none because the connection is dropped. */
export type AwsAnswer = object | AwsRefusal | 'lost';

/** An error response of an AWS service. */
export class AwsRefusal {
  readonly error: string;
  readonly status: number;

  constructor(error: string, status = 400) {
    this.error = error;
    this.status = status;
  }
}

/** An AWS service whose responses the test sets. */
export interface AwsServiceStub {
  readonly url: string;
  /** Requests since the last call of `answer`. */
  readonly requests: readonly AwsRequest[];
  /** Sets the responses from now on. */
  answer(answer: (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>): void;
  stop(): void;
}

/** Starts a service with responses that the test sets, and points new clients of the SDK at it. */
export async function startAwsService(): Promise<AwsServiceStub> {
  const requests: AwsRequest[] = [];
  let answerTo: (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer> = () => ({});

  const server = createServer(async (request, response) => {
    const [, operation] = String(request.headers['x-amz-target'] ?? '').split('.');
    const input = request.method === 'GET' ? {} : ((await json(request)) as object);
    const { 'x-amzn-trace-id': traceHeader } = request.headers;
    const traceId = traceHeader === undefined ? undefined : String(traceHeader);
    const received = { route: `${request.method} ${request.url}`, operation, input, traceId };
    requests.push(received);
    const answer = await answerTo(received);
    if (answer === 'lost') return void request.socket.destroy();
    const refusal = answer instanceof AwsRefusal ? answer : undefined;
    response
      .writeHead(refusal?.status ?? 200, {
        'content-type': 'application/json',
        ...(refusal && { 'x-amzn-errortype': refusal.error }),
      })
      .end(JSON.stringify(refusal ? { message: refusal.error } : answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ENDPOINT_URL: url });

  return {
    url,
    requests,
    answer(answer) {
      requests.length = 0;
      answerTo = answer;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
