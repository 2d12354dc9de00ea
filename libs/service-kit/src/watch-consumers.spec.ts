import { jest } from '@jest/globals';
import { watchConsumers, type Watch } from './watch-consumers.js';

type State = ReturnType<Watch['consumers']> extends ReadonlyMap<string, readonly (infer S)[]> ? S : never;

describe('the watch over consumers', () => {
  let state: State;
  let away: string | undefined;
  let told: string[];
  let end: () => void;
  const pass = (seconds: number): Promise<void> => jest.advanceTimersByTimeAsync(seconds * 1_000);

  beforeEach(() => {
    jest.useFakeTimers();
    [state, away, told] = [{ status: 'running', problem: undefined }, undefined, []];
    const needs = [{ name: 'database', problem: () => Promise.resolve(away) }];
    end = watchConsumers({ consumers: () => new Map([['nodes', [state]]]), needs, onFailed: (reason) => told.push(reason) });
  });
  afterEach(() => {
    end();
    jest.useRealTimers();
  });

  it('says nothing of one that goes on, or may', async () => {
    await pass(100);
    state = { status: 'stalled', problem: 'a lock' };
    await pass(100);
    expect(told).toEqual([]);
  });

  it('tells once of one that has failed', async () => {
    state = { status: 'failed', problem: 'a lock' };
    await pass(100);
    expect(told).toEqual(['consumer nodes has failed: a lock']);
  });

  it('does not where what it needs is away, however long', async () => {
    [state, away] = [{ status: 'failed', problem: 'refused' }, 'refused'];
    await pass(3_600);
    expect(told).toEqual([]);
  });

  it('gives it a minute to go on when that is back', async () => {
    [state, away] = [{ status: 'failed', problem: 'refused' }, 'refused'];
    await pass(300);
    away = undefined;
    await pass(50);
    expect(told).toEqual([]);
    await pass(20);
    expect(told).toEqual(['consumer nodes has failed: refused']);
  });

  it('counts a need that does not answer as away', async () => {
    end();
    const needs = [{ name: 'database', problem: () => new Promise<undefined>(() => {}) }];
    end = watchConsumers({ consumers: () => new Map([['nodes', [state]]]), needs, onFailed: (reason) => told.push(reason) });
    state = { status: 'failed', problem: 'silent' };
    await pass(300);
    expect(told).toEqual([]);
  });
});
