import { refusal } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { ignoredProperties } from '../cloudformation/unsupported.ts';

/** The protocols of `AWS::ApiGatewayV2::Api`. */
type Protocol = 'HTTP' | 'WEBSOCKET';

const apiType = 'AWS::ApiGatewayV2::Api';
const stageType = 'AWS::ApiGatewayV2::Stage';

/**
 * API Gateway's types, which serve both protocols: each resource goes to the kind of its API's protocol.
 * @param protocols The kinds of each protocol.
 */
export function apiGatewayKinds(
  protocols: Readonly<Record<Protocol, readonly ResourceKind[]>>,
): readonly ResourceKind[] {
  /** Protocols of the created APIs by id. */
  const protocolOf = new Map<string, string>();
  const stages = new Set<string>();

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
        const { ApiId, ProtocolType, StageName } = resource.properties;
        const protocol = type === apiType ? String(ProtocolType) : protocolOf.get(ApiId);
        if (protocol === undefined) throw refusal('ApiId', ApiId, 'an API of this template');
        if (!isProtocol(protocol)) {
          throw refusal('ProtocolType', ProtocolType, Object.keys(protocols).join(', '));
        }
        const kind = protocols[protocol].find((candidate) => candidate.type === type);
        if (!kind) throw new Error(`${type} of a ${protocol} API is not known to the local cloud`);
        const ignored = ignoredProperties(resource.properties, kind);
        if (ignored.length > 0) {
          throw new Error(`${ignored.join(', ')} of a ${protocol} API would be ignored`);
        }
        const created = await kind.create(resource);
        if (type === apiType) protocolOf.set(created.ref, protocol);
        if (type !== stageType) return created;
        // One machine has one host name: the stage alone tells which API is meant.
        if (stages.has(StageName))
          throw refusal('StageName', StageName, 'a name that no other API has for its stage');
        stages.add(StageName);
        return created;
      },
    };
  }

  const isProtocol = (name: string): name is Protocol => Object.hasOwn(protocols, name);
  const types = Object.values(protocols).flatMap((kinds) => kinds.map(({ type }) => type));
  return [...new Set(types)].map(kindOf);
}
