import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Structured log of the function. Log ids and codes only, never a body, a token or an e-mail address. */
export const logger = new Logger({ serviceName: 'accepted' });

/** Metrics for the alarms. */
export const metrics = new Metrics({ namespace: 'Accepted', serviceName: 'accepted' });
