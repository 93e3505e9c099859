/** A metric of the product, in CloudWatch's namespace of the stack. */
export interface Metric {
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds';
  /** The dimension that it is divided by. */
  readonly dimension?: 'stage' | 'reason';
  /** What one value says, for the dashboard and the runbook. */
  readonly meaning: string;
}

/**
 * Every metric that the functions record. Dashboard and alarms take names and units from here. The values are log lines in
 * the embedded metric format, so that no function waits for a call.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const metricTable = {
  OrdersAccepted: { unit: 'Count', meaning: 'An order was accepted.' },
  OrdersRefused: {
    unit: 'Count',
    dimension: 'reason',
    meaning: 'A posted order was refused, by problem code.',
  },
  StageDuration: {
    unit: 'Milliseconds',
    dimension: 'stage',
    meaning: 'Time that an attempt of a stage took.',
  },
  StageFailed: { unit: 'Count', dimension: 'stage', meaning: 'An attempt of a stage failed technically.' },
  StageRefused: { unit: 'Count', dimension: 'reason', meaning: 'A stage refused an order, by its code.' },
  SettlementDue: {
    unit: 'Count',
    dimension: 'stage',
    meaning:
      'A stage threw to send an order to its settlement. Lambda counts it as an error, which it is not.',
  },
  TimeInQueue: {
    unit: 'Milliseconds',
    meaning: 'Time from accepting an order to the start of its first stage.',
  },
  EndToEnd: { unit: 'Milliseconds', meaning: 'Time from accepting an order to its completion.' },
  PushLag: { unit: 'Milliseconds', meaning: 'Time from a change to its delivery to watchers.' },
  MailFailed: { unit: 'Count', meaning: 'An attempt to send a confirmation failed.' },
  CompensationFailed: { unit: 'Count', meaning: 'A stage could not be undone, and its retries are used up.' },
  RedrivableFailure: { unit: 'Count', meaning: 'A job failed and waits for a redrive.' },
  RedriveExpired: { unit: 'Count', meaning: 'A failure waited for a redrive for as long as it may.' },
  RedrivableJobs: { unit: 'Count', meaning: 'Jobs that wait for a redrive, at each sweep.' },
  RedrivableAge: {
    unit: 'Seconds',
    meaning: 'How long the job that expires next has waited for a redrive, at each sweep.',
  },
  OldestQueuedJob: { unit: 'Seconds', meaning: 'Age of the oldest job that has not begun, at each sweep.' },
  SweepBacklog: { unit: 'Count', meaning: 'Open jobs that a sweep had to look at.' },
} as const satisfies Readonly<Record<string, Metric>>;

/** Name of a metric. */
export type MetricName = keyof typeof metricTable;

/** The dimension that every metric has, and its value. */
export const serviceDimension = { service: 'accepted' } as const;
