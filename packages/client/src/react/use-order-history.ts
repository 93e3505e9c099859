import { useCallback, useEffect, useState } from 'react';
import type { OrdersError } from '../errors.ts';
import type { HistoryOptions } from '../orders-client.ts';
import type { JobStatus, StatusDocument } from '../protocol.ts';
import { useOrdersClient } from './orders-provider.ts';

/** Which of the caller's jobs to list. */
export interface UseOrderHistoryOptions {
  /** Only jobs in this status. */
  readonly status?: JobStatus | undefined;
  /**
   * Jobs a page, 1 to 100.
   * @default 20
   */
  readonly limit?: number | undefined;
  /** @default true */
  readonly enabled?: boolean | undefined;
}

/** The caller's jobs, newest first. Each may be given to {@link useOrder}, which shows it live. */
export interface UseOrderHistoryResult {
  readonly items: readonly StatusDocument[];
  readonly error: OrdersError | undefined;
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  /** Reads the next page. */
  more(): void;
  /** Reads again from the beginning. */
  refresh(): void;
}

interface Pages {
  readonly items: readonly StatusDocument[];
  readonly nextCursor?: string | undefined;
  readonly error?: OrdersError | undefined;
  readonly isLoading: boolean;
}

const none: Pages = { items: [], isLoading: false };

/** Lists the caller's jobs, page by page. */
export function useOrderHistory({
  status,
  limit,
  enabled = true,
}: UseOrderHistoryOptions = {}): UseOrderHistoryResult {
  const client = useOrdersClient();
  const [pages, setPages] = useState(none);
  /** A new object reads again: from the beginning, or the page at its cursor. */
  const [request, setRequest] = useState<Pick<HistoryOptions, 'cursor' | 'status'>>({});

  useEffect(() => {
    if (!enabled) return;
    // The cursor of one status leads nowhere in another.
    const cursor = request.status === status ? request.cursor : undefined;
    const controller = new AbortController();
    const { signal } = controller;
    setPages((before) => ({ ...before, isLoading: true, error: undefined }));
    client.history({ status, limit, cursor, signal }).then(
      ({ items, nextCursor }) =>
        signal.aborted ||
        setPages((before) => ({
          items: cursor ? [...before.items, ...items] : items,
          nextCursor,
          isLoading: false,
        })),
      (error: OrdersError) =>
        signal.aborted || setPages((before) => ({ ...before, error, isLoading: false })),
    );
    return () => controller.abort();
  }, [client, status, limit, enabled, request]);

  const { nextCursor } = pages;
  return {
    items: pages.items,
    error: pages.error,
    isLoading: pages.isLoading,
    hasMore: nextCursor !== undefined,
    more: useCallback(
      () => nextCursor !== undefined && setRequest({ status, cursor: nextCursor }),
      [status, nextCursor],
    ),
    refresh: useCallback(() => setRequest({}), []),
  };
}
