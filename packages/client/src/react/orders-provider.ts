import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';
import type { OrdersClient } from '../orders-client.ts';

const OrdersContext = createContext<OrdersClient | undefined>(undefined);

/** Gives a client to the hooks below. Create the client once, outside of components. */
export const OrdersProvider = (props: {
  readonly client: OrdersClient;
  readonly children?: ReactNode;
}): ReactElement => createElement(OrdersContext.Provider, { value: props.client }, props.children);

/**
 * The client of the nearest {@link OrdersProvider}.
 *
 * @throws Error if there is none
 */
export function useOrdersClient(): OrdersClient {
  const client = useContext(OrdersContext);
  if (!client) throw new Error('There is no <OrdersProvider client={…}> around this component.');
  return client;
}
