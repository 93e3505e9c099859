/** How a local cloud runs. */
export interface CloudOptions {
  /** HTTP API, WebSocket API and control routes. 0 picks a free port. */
  readonly port: number;
  /** The AWS endpoints. 0 picks a free port. */
  readonly awsPort: number;
  /** Folder that keeps tables, queues and executions. Without it they end with the process. */
  readonly data?: string;
  /** An outside DynamoDB endpoint to use instead of the embedded one. */
  readonly dynamodb?: URL;
  /** Factor on waits, retry intervals, batching windows and schedules, never on timeouts. */
  readonly timeScale: number;
  /** Seed of the fault generator. */
  readonly seed: number;
}
