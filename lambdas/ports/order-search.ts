/** What orders are found by. */
export interface OrderSearchQuery {
  readonly by: 'email' | 'reference';
  /** E-mail addresses match without regard to case and to how their domain is written, references exactly. */
  readonly value: string;
  /** Maximum number of orders. */
  readonly limit: number;
  /** The `cursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface OrderSearchPage {
  /** Ids of orders and of submissions, the newest first. */
  readonly orderIds: readonly string[];
  /** Absent on the last page. */
  readonly cursor?: string | undefined;
}

/** Orders and submissions by the e-mail address or the reference that was submitted. */
export interface OrderSearch {
  find(query: OrderSearchQuery): Promise<OrderSearchPage>;
}
