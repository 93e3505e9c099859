import { environmentOf } from '../runtime/environment.ts';
import { createStage, type Work } from '../runtime/stage.ts';
import { stagePorts } from '../wiring/stage-ports.ts';

/**
 * Checks what the request schema cannot: articles, stock, customers. The reference has no such rules; add those of your
 * shop here: `order.read()` is the order. Throw `OrderRefused` with a code of your own, for example `sold_out`.
 */
export const validate: Work = async () => {};

export const handler = createStage('validation', validate, stagePorts(environmentOf('stages/validation')));
