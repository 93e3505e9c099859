import { ignoredProperties } from '../cloudformation/unsupported.ts';
import { httpApiKinds } from '../http-api/http-api.ts';
import { webSocketApiKinds } from '../websocket-api/websocket-api.ts';
import type { Cloud, ResourceKind } from '../wire/cloud.ts';

type Protocol = 'HTTP' | 'WEBSOCKET';

/** The same resource types serve both protocols. */
const kinds: Readonly<Record<Protocol, readonly ResourceKind[]>> = {
  HTTP: httpApiKinds,
  WEBSOCKET: webSocketApiKinds,
};

/** The protocol of each API by its id, for the resources that belong to one. */
const protocols = new WeakMap<Cloud, Map<string, Protocol>>();

/** API Gateway's HTTP and WebSocket APIs. */
export const apiGatewayKinds: readonly ResourceKind[] = [
  ...new Set(Object.values(kinds).flatMap((list) => list.map(({ type }) => type))),
].map(byProtocol);

/** One kind that hands each resource to the kind of its API's protocol. */
function byProtocol(type: string): ResourceKind {
  const candidates = Object.values(kinds).flatMap((list) => list.filter((kind) => kind.type === type));
  return {
    type,
    // Which of the two is asked only when it is known: here is what either takes.
    honoured: candidates.flatMap(({ honoured }) => honoured),
    harmless: candidates.flatMap(({ harmless = [] }) => harmless),
    async create(resource, cloud) {
      const { ApiId, ProtocolType } = resource.properties;
      const known = protocols.get(cloud) ?? new Map<string, Protocol>();
      protocols.set(cloud, known);
      const protocol = type === 'AWS::ApiGatewayV2::Api' ? (ProtocolType as Protocol) : known.get(ApiId);
      const kind = protocol && kinds[protocol]?.find((candidate) => candidate.type === type);
      if (!kind) throw new Error(`${resource.path}: ${refusal(type, protocol)}`);
      const ignored = ignoredProperties(resource.properties, kind);
      if (ignored.length > 0) {
        throw new Error(`${resource.path}: ${ignored.join(', ')} of a ${protocol} API would be ignored`);
      }

      const created = await kind.create(resource, cloud);
      if (type === 'AWS::ApiGatewayV2::Api') known.set(created.ref, protocol);
      return created;
    },
  };
}

function refusal(type: string, protocol: string | undefined): string {
  return protocol !== undefined && protocol in kinds
    ? `${type} of a ${protocol} API is not known to the local cloud`
    : `ProtocolType is ${protocol}; allowed: ${Object.keys(kinds).join(', ')}`;
}
