import { Logger } from '@aws-lambda-powertools/logger';

/** Structured log of this function. Never give it a body, a token or an e-mail address: ids and codes suffice. */
export const logger = new Logger({ serviceName: 'accepted' });
