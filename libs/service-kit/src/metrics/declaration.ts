/** What a metric is: declared once, read by whoever fills it, by the documentation and by the tests of dashboards and alerts. */

/** Label → what bounds the number of its values: every value is a time series that somebody pays for. */
export type Labels = Readonly<Record<string, string>>;

export interface MetricDeclaration {
  /** With its unit, as Prometheus has it; `pioche_…` where no semantic convention of OpenTelemetry names it. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: Labels;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/** A figure that is read from the database when somebody looks, at most every five seconds, and the same from every replica. */
export interface FigureDeclaration extends Pick<MetricDeclaration, 'name' | 'help' | 'labels'> {
  /**
   * Asked with the rights of the service, which sees the rows of all tenants. Its rows have a column `value` and one for each
   * label; `clock.now` is the service's time, simulated or not. Where nothing is there a row with 0 says more than none.
   */
  readonly query: string;
}

/** One value of a metric. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}
