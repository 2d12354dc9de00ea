/** A run for people: how it goes, the table of the checks, and the last line. */
import type { Checked, Figures } from './checks/all.js';
import type { Result } from './checks/check.js';
import type { FaultEvent } from './system.js';

/** `  12.3 s  kill scheduling: begun` */
export const faultLine = (ms: number, { phase, fault, detail }: FaultEvent): string =>
  `${(ms / 1000).toFixed(1).padStart(6)} s  ${fault.kind} ${fault.target}: ${phase}${detail === undefined ? '' : ` (${detail})`}`;

export const describeResult = ({ check, holds, seen, wrong, findings }: Result): string[] => [
  `${holds ? '  ✓' : '  ✗'} ${check} (${seen})${holds ? '' : `: ${wrong} wrong`}`,
  ...findings.map((finding) => `      ${finding}`),
  ...(wrong > findings.length ? [`      … and ${wrong - findings.length} more`] : []),
];

const wrongIn = (results: readonly Result[], check: string): number => results.find((result) => result.check === check)?.wrong ?? 0;

/** What is said last: figures first, then whether every check holds. */
export function lastLine({ results, figures }: Checked, run: { readonly faults: number; readonly seed: number }): string {
  const failed = results.filter(({ holds }) => !holds).length;
  const { acknowledged, refused, unknown, events, repeats }: Figures = figures;
  return [
    `chaos: ${acknowledged} commands acknowledged`,
    `${wrongIn(results, 'acknowledged commands are in the log')} lost`,
    `${wrongIn(results, 'acknowledged commands are in the log once')} doubled`,
    `${refused} refused, ${wrongIn(results, 'refused commands have written nothing')} of them written`,
    `${unknown.done + unknown.not} without an answer (${unknown.done} done, ${unknown.not} not, ${wrongIn(results, 'what a command wrote is whole')} in part)`,
    `${events} events, ${repeats} published again`,
    `${run.faults} faults`,
    `seed ${run.seed}: ${failed === 0 ? 'every check holds' : `${failed} of ${results.length} checks FAILED`}`,
  ].join(', ');
}
