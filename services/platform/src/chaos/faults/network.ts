/** The way between one service and one server: slow, silent, or shut. */
import { CONTEXTS } from '@pioche/contracts';
import type { Behaviour } from '../system/proxy.js';
import type { Upstream } from '../system/servers.js';
import { of, type FaultKind } from './kind.js';

const LOST = ['both', 'to-server', 'to-client'] as const;

const MODES: Readonly<Record<Exclude<Behaviour['mode'], 'pass'>, (random: () => number) => Behaviour>> = {
  slow: (random) => ({ mode: 'slow', latencyMs: 20 + Math.floor(random() * 180), bytesPerSecond: 50_000 + Math.floor(random() * 450_000) }),
  'half-open': (random) => ({ mode: 'half-open', lost: LOST[Math.floor(random() * LOST.length)] ?? 'both' }),
  reset: () => ({ mode: 'reset' }),
};

const cut = (upstream: Upstream, behaviourOf: (random: () => number) => Behaviour): FaultKind => ({
  targets: CONTEXTS,
  forMs: [2_000, 12_000],
  weight: 1,
  holds: (target) => [`${target} to ${upstream}`],
  inject({ proxies }, target, { random }) {
    const proxy = of(proxies[upstream], target);
    proxy.behave(behaviourOf(random));
    return () => proxy.behave({ mode: 'pass' });
  },
});

export const networkFaults: Readonly<Record<string, FaultKind>> = Object.fromEntries(
  (['postgres', 'kafka'] as const).flatMap((upstream) => Object.entries(MODES).map(([mode, behaviourOf]) => [`${mode}-${upstream}`, cut(upstream, behaviourOf)])),
);
