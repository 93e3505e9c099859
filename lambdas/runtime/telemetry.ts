import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { serviceDimension } from './metric-table.ts';

const { service: serviceName } = serviceDimension;
const { POWERTOOLS_METRICS_NAMESPACE: namespace = 'Accepted' } = process.env;

/** Structured log of the function. Log ids and codes only, never a body, a token or an e-mail address. */
export const logger = new Logger({ serviceName });

/** The metrics of `metric-table.ts`. The stack sets the namespace to its own name. */
export const metrics = new Metrics({ namespace, serviceName });
