import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Structured log of this function. Never give it a body, a token or an e-mail address: ids and codes suffice. */
export const logger = new Logger({ serviceName: 'accepted' });

/** Metrics for an operator's alarms. */
export const metrics = new Metrics({ namespace: 'Accepted', serviceName: 'accepted' });
