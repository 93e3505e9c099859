// What a deployment sets and the functions parse when they are loaded. No name here exists anywhere.
Object.assign(process.env, {
  AWS_REGION: 'eu-test-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  JOBS_TABLE: 'jobs',
  JOBS_BY_OWNER_INDEX: 'jobs-by-owner',
  ORDERS_TABLE: 'orders',
  LEDGER_TABLE: 'ledger',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-test-1:000000000000:stateMachine:orders',
  LIVE_URL: 'wss://live.example.com/live',
  CONNECTIONS_URL: 'https://live.example.com/live',
  JOB_RETENTION_DAYS: '30',
  PAYMENT_PROVIDER: 'sandbox',
  MAIL_SENDER: 'orders@example.com',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
});
