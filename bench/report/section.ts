/** What one part of the benchmark found. */
export interface Section {
  readonly title: string;
  /** What it means, in Markdown. */
  readonly text: string;
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  /** Its lines of the one table that the run prints. */
  readonly headlines: readonly Headline[];
}

export interface Table {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

export interface Headline {
  readonly figure: string;
  readonly value: string | number;
  /** What it is compared with. */
  readonly beside?: string;
}

/** A chart of lines. Its file is named by its name. */
export interface Chart {
  readonly name: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}
