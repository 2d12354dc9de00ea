import { mkdtempSync, appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientCommandId } from '@pioche/service-kit';
import { actionsOf, commandsOf, fateOf } from './commands.js';
import { History, readHistory } from './history.js';
import type { Ask, HistoryRecord } from './records.js';

const at = '2026-11-17T10:00:00.000Z';
const by = { subject: 'admin@t', tenant: 't' };
const single: Ask = { kind: 'command', by, context: 'scheduling', route: '/jobs', key: 'one', body: {} };
const asked = (command: number, ask: Ask): HistoryRecord => ({ what: 'asked', at, command, ask });
const sent = (command: number, attempt: number): HistoryRecord => ({ what: 'sent', at, command, attempt, time: at });
const answered = (command: number, attempt: number, status: number, body: unknown = {}): HistoryRecord => ({ what: 'answered', at, command, attempt, status, body });
const lost = (command: number, attempt: number): HistoryRecord => ({ what: 'unanswered', at, command, attempt, why: 'time-out' });
const fates = (...records: readonly HistoryRecord[]) => commandsOf(records).map(fateOf);
const DONE = { id: 'job_1', version: 1, position: 7, events: [] };

it('the id of a command is the one that the service gives it', () => {
  expect(commandsOf([asked(1, single)])[0]?.id).toBe(clientCommandId({ principal: by, key: 'one', path: '/jobs', target: undefined }));
});

it.each<readonly [string, readonly HistoryRecord[], string]>([
  ['one answer that it is done is enough', [lost(1, 1), answered(1, 2, 201, DONE)], 'acknowledged'],
  ['a refusal counts', [answered(1, 1, 409), answered(1, 2, 412)], 'refused'],
  ['not while another attempt is open', [lost(1, 1), answered(1, 2, 409)], 'unknown'],
  ['a failure of the service leaves it open', [answered(1, 1, 500), answered(1, 2, 503)], 'unknown'],
  ['an attempt that was never answered leaves it open', [], 'unknown'],
  ['it may have had nothing to do', [answered(1, 1, 200, { ...DONE, position: 0 }), answered(1, 2, 200, { ...DONE, position: 0 })], 'unchanged'],
])('%s', (_, answers, fate) => expect(fates(asked(1, single), sent(1, 1), sent(1, 2), ...answers)).toEqual([fate]));

it('a batch is as many commands as it has items, with the ids that single ones would have', () => {
  const batch: Ask = { ...single, kind: 'batch', route: '/jobs:batch', key: 'all', body: { items: [{ idempotency_key: 'one', input: {} }, { idempotency_key: 'two', input: {} }] } };
  const records = [asked(1, batch), sent(1, 1), answered(1, 1, 200, { items: [{ status: 201, id: 'job_1', version: 1, position: 7 }, { status: 422 }] })];
  expect(fates(...records)).toEqual(['acknowledged', 'refused']);
  expect(commandsOf(records)[0]?.id).toBe(commandsOf([asked(1, single)])[0]?.id);
});

it('a report that was asked twice is one command', () => {
  const report: Ask = { ...single, kind: 'reports', route: '/agent/reports', body: { reports: [{ kind: 'started', job: 'job_1', allocation: 'allocation_1', at }] } };
  const records = [asked(1, report), sent(1, 1), lost(1, 1), asked(2, { ...report, key: 'again' }), sent(2, 1), answered(2, 1, 200, { results: [{ status: 'accepted' }] })];
  expect(fates(...records)).toEqual(['acknowledged']);
  expect(fates(...records.slice(0, 3))).toEqual(['unknown']);
});

it('an action is known by what it answered', () => {
  const close: Ask = { ...single, kind: 'action', context: 'billing', route: '/periods/{id}:close', target: '2026-11' };
  const records = [asked(1, close), sent(1, 1), lost(1, 1), sent(1, 2), answered(1, 2, 200, { invoices: [] })];
  expect(commandsOf(records)).toEqual([]);
  expect(actionsOf(records)).toEqual([{ label: '#1 POST /billing/periods/2026-11:close', ask: close, answer: { invoices: [] } }]);
  expect(actionsOf(records.slice(0, 3))).toEqual([]);
});

it('what was written is read back, but for a last line that was cut off', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-history-'));
  const file = join(folder, 'deep', 'history.jsonl');
  const history = new History(file);
  history.write({ what: 'asked', command: 1, ask: single });
  history.write({ what: 'sent', command: 1, attempt: 1, time: at });
  history.close();
  appendFileSync(file, '{"what":"answ');
  expect(commandsOf(await readHistory(file)).map(fateOf)).toEqual(['unknown']);
  appendFileSync(file, '\n{"what":"sent"}\n');
  await expect(readHistory(file)).rejects.toThrow('not a record');
  rmSync(folder, { recursive: true });
});
