/** The file in which the alert rules are written as objects of the Prometheus operator. */
export const WRITTEN: string;
/** What it has to hold. */
export function prometheusRules(): string;
