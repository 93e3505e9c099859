/** Counts what AWS would bill since the last reset. */
export interface Usage {
  /** One call of a service's operation. */
  call(service: string, operation: string): void;
  /** DynamoDB units on a table. */
  units(table: string, units: { readonly read?: number; readonly write?: number }): void;
  /** One Lambda invocation. */
  invocation(functionPath: string, gbSeconds: number): void;
  /** One Step Functions state transition. */
  transition(stateMachine: string, state: string): void;
  /** One message: HTTP request, WebSocket message, queue message, event, e-mail. */
  message(kind: 'http' | 'websocket' | 'queue' | 'event' | 'email'): void;
  report(): object;
  reset(): void;
}
