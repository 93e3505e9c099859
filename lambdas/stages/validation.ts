import { OrderRefused } from '../../domain/protocol/errors.ts';
import { environmentOf } from '../runtime/environment.ts';
import { createStage, type Work } from '../runtime/stage.ts';
import { stagePorts } from '../wiring/stage-ports.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

/**
 * Checks what the request schema cannot. Add the rules of your shop here: articles, stock, customers. So far there is
 * one rule: the currency must exist.
 */
export const validate: Work = async ({ currency }) => {
  if (!currencies.has(currency)) {
    throw new OrderRefused('unknown_currency', `${currency} is not a currency in use (ISO 4217).`);
  }
};

export const handler = createStage('validation', validate, stagePorts(environmentOf('stages/validation')));
