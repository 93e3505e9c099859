import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { ignoredProperties } from '../cloudformation/unsupported.ts';

/** The protocols of `AWS::ApiGatewayV2::Api`. */
type Protocol = 'HTTP' | 'WEBSOCKET';

const apiType = 'AWS::ApiGatewayV2::Api';

/**
 * API Gateway's types, which serve both protocols: each resource goes to the kind of its API's protocol.
 * @param protocols The kinds of each protocol.
 */
export function apiGatewayKinds(
  protocols: Readonly<Record<Protocol, readonly ResourceKind[]>>,
): readonly ResourceKind[] {
  /** Protocols of the created APIs by id. */
  const protocolOf = new Map<string, string>();

  function kindOf(type: string): ResourceKind {
    const candidates = Object.values(protocols).flatMap((kinds) =>
      kinds.filter((kind) => kind.type === type),
    );
    return {
      type,
      // The protocol is known at creation only, so this is what either takes.
      honoured: candidates.flatMap(({ honoured }) => honoured),
      harmless: candidates.flatMap(({ harmless = [] }) => harmless),
      async create(resource) {
        const { ApiId, ProtocolType } = resource.properties;
        const protocol = type === apiType ? String(ProtocolType) : protocolOf.get(ApiId);
        if (protocol === undefined) throw new Error(`ApiId is ${ApiId}; allowed: an API of this template`);
        if (!isProtocol(protocol)) {
          throw new Error(`ProtocolType is ${protocol}; allowed: ${Object.keys(protocols).join(', ')}`);
        }
        const kind = protocols[protocol].find((candidate) => candidate.type === type);
        if (!kind) throw new Error(`${type} of a ${protocol} API is not known to the local cloud`);
        const ignored = ignoredProperties(resource.properties, kind);
        if (ignored.length > 0) {
          throw new Error(`${ignored.join(', ')} of a ${protocol} API would be ignored`);
        }
        const created = await kind.create(resource);
        if (type === apiType) protocolOf.set(created.ref, protocol);
        return created;
      },
    };
  }

  const isProtocol = (name: string): name is Protocol => Object.hasOwn(protocols, name);
  const types = Object.values(protocols).flatMap((kinds) => kinds.map(({ type }) => type));
  return [...new Set(types)].map(kindOf);
}
