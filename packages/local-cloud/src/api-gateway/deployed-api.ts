import { createHash } from 'node:crypto';
import type { Properties, Resource } from '../cloudformation/resource-kind.ts';
import type { SizeOf } from './token-bucket.ts';

/** The function that an integration calls. */
export interface Integration {
  readonly functionArn: string;
  readonly timeoutMs: number;
}

/** What every deployed API has, whatever its protocol. */
export interface DeployedApi {
  readonly integrations: Map<string, Integration>;
}

/** The API that a resource belongs to. @throws Error when there is none of its id. */
export function apiOf<Api>(apis: ReadonlyMap<string, Api>, { properties: { ApiId } }: Resource): Api {
  const found = apis.get(ApiId);
  if (!found) throw new Error(`ApiId is ${ApiId}; allowed: an API of this template`);
  return found;
}

/** Ten letters and digits, as API Gateway's ids; the same at every start. */
export function idOf(path: string): string {
  const digest = createHash('sha256').update(path).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, 10);
}

/** Reads a proxy integration. @throws Error when it is another one, or its timeout is out of bounds. */
export function proxyIntegration(properties: Properties, maxTimeoutMs: number): Integration {
  expect(properties, 'IntegrationType', 'AWS_PROXY');
  const [functionArn] = /arn:aws:lambda:[^/]+/.exec(properties.IntegrationUri) ?? [];
  if (!functionArn)
    throw new Error(`IntegrationUri is ${properties.IntegrationUri}; allowed: the ARN of a function`);
  const timeoutMs = Number(properties.TimeoutInMillis ?? maxTimeoutMs);
  if (!(timeoutMs >= 50 && timeoutMs <= maxTimeoutMs)) {
    throw new Error(`TimeoutInMillis is ${timeoutMs}; allowed: 50 to ${maxTimeoutMs}`);
  }
  return { functionArn, timeoutMs };
}

/** The integration that a route targets. @throws Error when its API has none of that id, or a key is asked for. */
export function targetOf({ Target, ApiKeyRequired }: Properties, { integrations }: DeployedApi): Integration {
  const target = integrations.get(String(Target).replace(/^integrations\//, ''));
  if (!target) throw new Error(`Target is ${Target}; allowed: integrations/<an integration of this API>`);
  if (ApiKeyRequired) throw new Error('ApiKeyRequired is true; the local cloud has no API keys');
  return target;
}

/** The throttling that a stage's settings ask for on a route. */
export function routeThrottling({ DefaultRouteSettings, RouteSettings }: Properties): SizeOf {
  return (routeKey) => {
    const settings = { ...DefaultRouteSettings, ...RouteSettings?.[routeKey] };
    const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings;
    if (rate === undefined && burst === undefined) return undefined;
    // One without the other: AWS's account limits stand in, which nobody reaches here.
    return { ratePerSecond: Number(rate ?? 10_000), burst: Number(burst ?? 5_000) };
  };
}

/** @throws Error naming the one value that is known here. */
export function expect(properties: Properties, name: string, allowed: string | boolean): void {
  if (properties[name] === allowed) return;
  throw new Error(`${name} is ${JSON.stringify(properties[name])}; the local cloud knows ${allowed}`);
}
