export interface Panel {
  readonly title: string;
  /** Grafana's name of it; absent: a number. */
  readonly unit?: string;
  /** By legend. */
  readonly queries: Readonly<Record<string, string>>;
  readonly kind?: 'timeseries' | 'stat' | 'table';
  readonly stacked?: boolean;
  /** Why a query may rightly find nothing. */
  readonly mayBeEmpty?: string;
  readonly note?: string;
}
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}
export const dashboards: readonly Dashboard[];
