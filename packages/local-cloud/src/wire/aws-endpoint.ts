import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsError } from './aws-error.ts';
import { AwsAnswer, type AwsService, type Permission, type WireRequest } from './aws-service.ts';
import { credentialOf } from './credential.ts';
import { errorBody } from './error-body.ts';
import type { Log } from './log.ts';
import { foreignHost, foreignOrigin } from './loopback-names.ts';
import { type LoopbackServer, listen } from './loopback-server.ts';

/** What the endpoint works with. */
export interface AwsEndpointPorts {
  /** By signing name; may grow while the endpoint listens. */
  readonly services: ReadonlyMap<string, AwsService>;
  readonly log: Log;
  /** Checks that the bearer of an access key has a permission. @throws AwsError when not. */
  authorize(accessKeyId: string, permission: Permission): void;
  /** The fault to inject into an operation (`dynamodb:UpdateItem`), if any. `ms` is the delay of `slow`. */
  strike(operation: string): { readonly effect: string; readonly ms: number } | undefined;
  /** Counts a call for the bill. */
  count(service: string, operation: string, accessKeyId: string): void;
}

/**
 * Starts the endpoint of all AWS services. Each call goes the same way:
 * read → faults before → IAM check → perform → usage → faults after → answer.
 *
 * The access key of the SigV4 credential names the caller. Signatures are not checked: there are no secrets on this
 * machine, and the port is open to the loopback interface only.
 */
export async function startAwsEndpoint(port: number, ports: AwsEndpointPorts): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    serve(request, response, ports).catch((error: unknown) => {
      refuse(request, response, error, ports.log);
    });
  });
  return listen(server, port, '--aws-port');
}

async function serve(request: IncomingMessage, response: ServerResponse, ports: AwsEndpointPorts) {
  response.setHeader('x-amzn-requestid', randomUUID());
  const foreign = foreignHost(request.headers) ?? foreignOrigin(request.headers);
  if (foreign) throw new AwsError('AccessDeniedException', foreign, 403);
  const wire = await wireRequest(request);
  const { accessKeyId, signingName } = credentialOf(wire);
  const service = serviceOf(signingName, ports.services);
  const call = service.read(wire);

  const fault = ports.strike(`${service.name}:${call.operation}`);
  if (fault?.effect === 'slow') await wait(fault.ms, undefined, { ref: false });
  if (fault?.effect === 'error') throw new AwsError('InternalServerError', 'Injected fault: error', 500);
  if (fault?.effect === 'throttle') throw throttled(service.name);

  for (const permission of service.permissions(call)) ports.authorize(accessKeyId, permission);
  try {
    const output = await service.perform(call);
    if (fault?.effect !== 'lost-answer') answer(response, service, output);
  } finally {
    // A call that is refused after its work began (a failed condition) is billed too.
    ports.count(service.name, call.operation, accessKeyId);
    // With the socket gone, neither an answer nor a refusal reaches the caller.
    if (fault?.effect === 'lost-answer') response.destroy();
  }
}

async function wireRequest(request: IncomingMessage): Promise<WireRequest> {
  const { method = 'GET', url = '/' } = request;
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  const headers = request.headers as Record<string, string | undefined>;
  return { method, path, query: new URLSearchParams(query), headers, body: await bodyOf(request) };
}

/** Events take half the time of an async iterator, and every call reads its body. */
function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

function serviceOf(signingName: string, services: ReadonlyMap<string, AwsService>): AwsService {
  const service = services.get(signingName);
  if (service) return service;
  const known = [...services.keys()].join(', ');
  throw new AwsError('UnknownServiceException', `The local cloud has no ${signingName}; it has: ${known}`);
}

/** Services name their throttling differently, and SDKs know them by these names. */
function throttled(service: string): AwsError {
  const message = 'Injected fault: throttle';
  if (service === 'dynamodb') return new AwsError('ProvisionedThroughputExceededException', message);
  if (service === 'ses') return new AwsError('TooManyRequestsException', message, 429);
  if (service === 'execute-api') return new AwsError('LimitExceededException', message, 429);
  return new AwsError('ThrottlingException', message);
}

function answer(response: ServerResponse, service: AwsService, output: object | undefined): void {
  if (output instanceof AwsAnswer) {
    response.writeHead(output.status, output.headers).end(output.body);
    return;
  }
  response.setHeader('content-type', service.contentType ?? 'application/x-amz-json-1.0');
  response.end(output === undefined ? undefined : JSON.stringify(output));
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, log: Log): void {
  if (response.destroyed) return;
  if (!(error instanceof AwsError)) {
    const message = 'An AWS endpoint failed';
    log({ level: 'error', message, error: String((error as Error)?.stack ?? error) });
  }
  const refusal =
    error instanceof AwsError
      ? error
      : new AwsError('InternalServerError', 'The local cloud failed; its log says why', 500);
  const { contentType, body } = errorBody(refusal, request.headers);
  response
    .writeHead(refusal.status, { 'content-type': contentType, 'x-amzn-errortype': refusal.name })
    .end(body);
}
