/**
 * List prices of us-east-1 in USD for one unit, first paid tier, without the free tier; from the pages
 * https://aws.amazon.com/<service>/pricing/ (DynamoDB: …/pricing/on-demand/).
 * Not counted, because small beside these: storage, logs, data transfer, alarms, connection minutes.
 */
export const prices = {
  transition: { item: 'Step Functions Standard state transition', usd: 25 / 1e6 },
  expressRequest: { item: 'Step Functions Express request', usd: 1 / 1e6 },
  expressGbSecond: { item: 'Step Functions Express GB-second', usd: 0.00001667 },
  writeUnit: { item: 'DynamoDB on-demand write request unit', usd: 0.625 / 1e6 },
  readUnit: { item: 'DynamoDB on-demand read request unit', usd: 0.125 / 1e6 },
  invocation: { item: 'Lambda request', usd: 0.2 / 1e6 },
  gbSecond: { item: 'Lambda GB-second (Arm)', usd: 0.0000133334 },
  http: { item: 'API Gateway HTTP API request', usd: 1 / 1e6 },
  websocket: { item: 'API Gateway WebSocket message', usd: 1 / 1e6 },
  queue: { item: 'SQS standard request', usd: 0.4 / 1e6 },
  event: { item: 'EventBridge event of an AWS service', usd: 0 },
  email: { item: 'SES e-mail', usd: 0.1 / 1e3 },
} as const;
