export type { JobErrorCode, RefusalCode } from './codes.ts';
export {
  AbortedError,
  isOrdersError,
  JobCancelledError,
  JobFailedError,
  OrderRefusedError,
  type OrdersError,
  SignedOutError,
  TimedOutError,
  UnreachableError,
  UsageError,
} from './errors.ts';
export type { ApiOptions, TokenRequest } from './http.ts';
export { isTerminal } from './is-terminal.ts';
export type { OrderHandle, RequestOptions, WaitOptions } from './order-handle.ts';
export type { OrderListeners } from './order-listeners.ts';
export { OrderService, type PollOptions } from './order-service.ts';
export { type OrderStatusCallbacks, OrderStatusSocket } from './order-status-socket.ts';
export {
  createOrdersClient,
  type HistoryOptions,
  type ObserveOptions,
  type OrdersClient,
  type OrdersOptions,
  type WatchingOptions,
  type WatchTarget,
} from './orders-client.ts';
export type { PlatformOptions } from './platform.ts';
export type * from './protocol.ts';
export type { OrderResult } from './result-of.ts';
export type { Attempt, SubmitOptions } from './submit.ts';
export type { Connection, OrderState, Transport } from './watch.ts';
export type { WebSocketConstructor, WebSocketLike } from './web-socket-like.ts';
