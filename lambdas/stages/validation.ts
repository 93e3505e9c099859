import { OrderRefused } from '../../domain/protocol/errors.ts';
import { stagePorts } from '../adapters/stage-ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { createStage, type Work } from '../runtime/stage.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

/**
 * Checks what the request schema cannot. Here belongs what needs the shop's own knowledge: articles, stock, customers.
 * The reference has one such rule: the currency must exist.
 */
export const validate: Work = async ({ currency }) => {
  if (!currencies.has(currency)) {
    throw new OrderRefused('unknown_currency', `${currency} is no currency in use (ISO 4217).`);
  }
};

export const handler = createStage('validation', validate, stagePorts(environmentOf('stage')));
