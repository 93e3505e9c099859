/** What a service charges for one unit of something. */
export interface Price {
  readonly item: string;
  /** USD for one unit. */
  readonly usd: number;
  readonly source: string;
}

/**
 * List prices of us-east-1 in USD, first paid tier, without the free tier.
 * Not counted, because small beside these: storage, logs, data transfer, alarms, connection minutes.
 */
export const prices = {
  transition: {
    item: 'Step Functions Standard state transition',
    usd: 25 / 1e6,
    source: 'https://aws.amazon.com/step-functions/pricing/',
  },
  writeUnit: {
    item: 'DynamoDB on-demand write request unit',
    usd: 0.625 / 1e6,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  },
  readUnit: {
    item: 'DynamoDB on-demand read request unit',
    usd: 0.125 / 1e6,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  },
  invocation: {
    item: 'Lambda request',
    usd: 0.2 / 1e6,
    source: 'https://aws.amazon.com/lambda/pricing/',
  },
  gbSecond: {
    item: 'Lambda GB-second (Arm)',
    usd: 0.0000133334,
    source: 'https://aws.amazon.com/lambda/pricing/',
  },
  http: {
    item: 'API Gateway HTTP API request',
    usd: 1 / 1e6,
    source: 'https://aws.amazon.com/api-gateway/pricing/',
  },
  websocket: {
    item: 'API Gateway WebSocket message',
    usd: 1 / 1e6,
    source: 'https://aws.amazon.com/api-gateway/pricing/',
  },
  queue: {
    item: 'SQS standard request',
    usd: 0.4 / 1e6,
    source: 'https://aws.amazon.com/sqs/pricing/',
  },
  event: {
    item: 'EventBridge event of an AWS service',
    usd: 0,
    source: 'https://aws.amazon.com/eventbridge/pricing/',
  },
  email: {
    item: 'SES e-mail',
    usd: 0.1 / 1e3,
    source: 'https://aws.amazon.com/ses/pricing/',
  },
} as const satisfies Readonly<Record<string, Price>>;
