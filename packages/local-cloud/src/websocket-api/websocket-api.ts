import type { Protocol } from '../api-gateway/api-gateway-kinds.ts';
import { oneOf, refusal, textLike } from '../cloudformation/property.ts';
import type { AwsService } from '../wire/aws-service.ts';
import { executeApi } from './execute-api.ts';
import type { Client } from './websocket-event.ts';
import { createWebSocketGateway, type GatewayPorts, type WebSocketStage } from './websocket-gateway.ts';

/** WebSocket APIs of API Gateway. */
export interface WebSocketApis {
  /** The management API, `@connections`. */
  readonly service: AwsService;
  readonly protocol: Protocol;
  /** The clients that are connected now, to any stage. */
  connections(): readonly Client[];
}

const routeKeys = '$connect, $disconnect, $default, a text without $';
const selections = /^\$(request\.body(\.[\w-]+)+|\{request\.body(\.[\w-]+)+\})$/;
/** What begins with $ is the gateway's own. */
const routeKey = /^(\$(connect|disconnect|default)|[^$].*)$/s;

/** WebSocket APIs and their management API. */
export function createWebSocketApis(ports: GatewayPorts): WebSocketApis {
  const stages = new Map<string, WebSocketStage>();
  const protocol: Protocol = {
    own: {
      // It is about integrations that map their requests.
      Integration: ['PassthroughBehavior'],
      Stage: ['DefaultRouteSettings.DataTraceEnabled', 'DefaultRouteSettings.LoggingLevel'],
    },
    scheme: 'ws',
    maxTimeoutMs: 29_000,

    deploy(properties, id) {
      const selection = textLike(properties, 'RouteSelectionExpression', selections, '$request.body.MEMBER');
      const members = selection.replace(/^.*request\.body\.|\}$/g, '').split('.');
      const gateway = createWebSocketGateway(ports, { id, selection: members });
      return {
        addRoute(properties, target) {
          oneOf(properties, 'AuthorizationType', ['NONE'], 'NONE');
          gateway.addRoute({ key: textLike(properties, 'RouteKey', routeKey, routeKeys), ...target });
        },
        stage(stage) {
          const { name } = stage;
          if (name === '$default') throw refusal('StageName', name, 'a name; $default is for HTTP APIs');
          const handler = gateway.stage(stage);
          stages.set(name, handler);
          return handler;
        },
      };
    },
  };
  return {
    service: executeApi(stages),
    protocol,
    connections: () =>
      [...stages.values()].flatMap((stage) => [...stage.connections.values()].map(({ client }) => client)),
  };
}
