import { stagePorts } from '../adapters/stage-ports.ts';
import type { Clock, Orders } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { createStage, type Work } from '../runtime/stage.ts';

/** Turns the submission into an order: a conditional write, so that the first one counts. */
export function createOrderCreation(ports: {
  readonly orders: Pick<Orders, 'create'>;
  readonly clock: Clock;
}): Work {
  return ({ orderId }) => ports.orders.create(orderId, ports.clock());
}

const ports = stagePorts(environmentOf('stage'));
export const handler = createStage('order-creation', createOrderCreation(ports), ports);
