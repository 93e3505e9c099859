export { OrdersProvider, useOrdersClient } from './orders-provider.ts';
export {
  type CreateOrderState,
  type UseCreateOrderOptions,
  type UseCreateOrderResult,
  useCreateOrder,
} from './use-create-order.ts';
export { type UseOrderOptions, type UseOrderResult, useOrder } from './use-order.ts';
export {
  type UseOrderHistoryOptions,
  type UseOrderHistoryResult,
  useOrderHistory,
} from './use-order-history.ts';
