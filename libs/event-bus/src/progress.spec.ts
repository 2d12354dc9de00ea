import { jest } from '@jest/globals';
import { NOTHING_WAITS, Progress } from './progress.js';

describe('progress', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is failed when events wait and none is done, or nobody answers', () => {
    const progress = new Progress({ stalledAfterMs: 1_000, failedAfterMs: 5_000 });
    expect(progress.status).toBe('starting');
    let waiting = 3;
    progress.assigned('inventory', 0, 0, () => waiting);
    progress.moved('inventory', 0, 10);
    expect([progress.status, progress.lag(), progress.position('inventory')]).toEqual(['running', 3, 10]);
    jest.advanceTimersByTime(2_000);
    progress.alive();
    expect(progress.status).toBe('stalled');
    jest.advanceTimersByTime(4_000);
    expect(progress.status).toBe('failed');
    waiting = 0;
    progress.moved('inventory', 0, 13);
    expect([progress.status, progress.lag()]).toEqual(['running', 0]);
  });

  it('runs on while there is nothing to do, and does not come back from a crash', () => {
    const progress = new Progress({ stalledAfterMs: 1_000, failedAfterMs: 5_000 });
    progress.assigned('inventory', 0, 0, NOTHING_WAITS);
    for (let n = 0; n < 10; n++) {
      jest.advanceTimersByTime(900);
      progress.alive('inventory');
    }
    expect(progress.status).toBe('running');
    progress.fail(new Error('gone'));
    progress.moved('inventory', 0, 1);
    expect(progress.status).toBe('failed');
  });

  it('is where the last of its partitions is', () => {
    const progress = new Progress();
    progress.assigned('inventory', 0, 0, NOTHING_WAITS);
    progress.assigned('inventory', 1, 0, NOTHING_WAITS);
    progress.moved('inventory', 0, 10);
    progress.moved('inventory', 1, 7);
    expect(progress.position('inventory')).toBe(7);
  });

  it('knows of what comes while a batch is at work', () => {
    const progress = new Progress({ stalledAfterMs: 1_000 });
    let waiting = 0;
    progress.assigned('inventory', 0, 0, () => waiting);
    progress.alive();
    waiting = 5_000;
    jest.advanceTimersByTime(2_000);
    progress.alive();
    expect([progress.lag(), progress.status]).toEqual([5_000, 'stalled']);
  });

  it('is failed when it only begins again and again', () => {
    const progress = new Progress({ failedAfterMs: 5_000 });
    for (let n = 0; n < 10; n++) {
      progress.assigned('inventory', 0, 0, () => 1);
      jest.advanceTimersByTime(900);
      progress.assigned('inventory', 0, 0, NOTHING_WAITS);
    }
    expect(progress.status).toBe('failed');
  });

  it('does not take back a partition that was taken away', () => {
    const progress = new Progress();
    progress.assigned('inventory', 0, 0, () => 3);
    progress.unassigned();
    progress.moved('inventory', 0, 10);
    expect([progress.holds('inventory', 0), progress.lag()]).toEqual([false, 0]);
  });
});
