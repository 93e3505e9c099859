import type { Clock } from '../ports/clock.ts';
import type { Orders } from '../ports/orders.ts';
import { environmentOf } from '../runtime/environment.ts';
import { createStage, type Work } from '../runtime/stage.ts';
import { stagePorts } from '../wiring/stage-ports.ts';

/** Turns the submission into an order by a conditional write, so that repeats have no effect. */
export function createOrderCreation(ports: {
  readonly orders: Pick<Orders, 'create'>;
  readonly clock: Clock;
}): Work {
  return ({ orderId }) => ports.orders.create(orderId, ports.clock());
}

const ports = stagePorts(environmentOf('stages/order-creation'));
export const handler = createStage('order-creation', createOrderCreation(ports), ports);
