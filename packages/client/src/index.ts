export {
  AbortedError,
  JobCancelledError,
  JobFailedError,
  OrderRefusedError,
  OrdersError,
  TimedOutError,
  UnreachableError,
} from './errors.ts';
export type { ApiOptions } from './http.ts';
export type { OrderHandle, OrderResult, RequestOptions } from './order-handle.ts';
export { OrderService, type PollOptions } from './order-service.ts';
export { type OrderStatusCallbacks, OrderStatusSocket } from './order-status-socket.ts';
export {
  createOrdersClient,
  type HistoryOptions,
  type ObserveOptions,
  type OrdersClient,
  type OrdersOptions,
  type WatchTarget,
} from './orders-client.ts';
export type { PlatformOptions, WebSocketConstructor, WebSocketLike } from './platform.ts';
export type * from './protocol.ts';
export type { SubmitOptions } from './submit.ts';
export type { WaitOptions } from './updates.ts';
