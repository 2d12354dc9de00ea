import { jest } from '@jest/globals';
import { Progress } from './progress.js';

describe('progress', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is failed when events wait and none is done, or nobody answers', () => {
    const progress = new Progress({ stalledAfterMs: 1_000, failedAfterMs: 5_000 });
    expect(progress.status).toBe('starting');
    progress.assigned('inventory', 0, 0);
    progress.moved('inventory', 0, 10, 3);
    expect([progress.status, progress.lag(), progress.position('inventory')]).toEqual(['running', 3, 10]);
    jest.advanceTimersByTime(2_000);
    progress.alive();
    expect(progress.status).toBe('stalled');
    jest.advanceTimersByTime(4_000);
    expect(progress.status).toBe('failed');
    progress.moved('inventory', 0, 13, 0);
    expect(progress.status).toBe('running');
  });

  it('runs on while there is nothing to do, and does not come back from a crash', () => {
    const progress = new Progress({ stalledAfterMs: 1_000, failedAfterMs: 5_000 });
    progress.assigned('inventory', 0, 0);
    for (let n = 0; n < 10; n++) {
      jest.advanceTimersByTime(900);
      progress.alive('inventory', true);
    }
    expect(progress.status).toBe('running');
    progress.fail(new Error('gone'));
    progress.moved('inventory', 0, 1, 0);
    expect(progress.status).toBe('failed');
  });

  it('is where the last of its partitions is', () => {
    const progress = new Progress();
    progress.moved('inventory', 0, 10, 0);
    progress.moved('inventory', 1, 7, 0);
    expect(progress.position('inventory')).toBe(7);
  });
});
