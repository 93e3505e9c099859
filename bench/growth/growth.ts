/** How figures change with each thing that there can be more of: rows, and a chart of some of their columns. */
export interface Growth {
  readonly name: string;
  readonly title: string;
  /** The column of the rows that grows. */
  readonly of: string;
  /** The columns of the chart. */
  readonly charted: readonly string[];
  readonly rows: readonly Readonly<Record<string, number>>[];
  /** What is constant, what is linear, and why. */
  readonly because: string;
}
