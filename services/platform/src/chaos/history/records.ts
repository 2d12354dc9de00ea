/** What a run of chaos writes down: each command as it was asked, each attempt as it was sent, each answer as it came. */
import type { ContextName } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import type { FaultEvent } from '../system.js';

/** Who asks: what a command's id follows from. */
export interface Principal {
  readonly subject: string;
  readonly tenant?: string;
}

/**
 * - `command`: of one stream; its id follows from who asks, key, route and target
 * - `batch`: many new streams, each item a command with a key of its own
 * - `reports`: what nodes report, each a command whose id follows from what it says
 * - `action`: several commands behind one route; what it answers is what is checked
 */
export type AskKind = 'command' | 'batch' | 'reports' | 'action';

/** One intention. However often it is sent, it has its effect once. */
export interface Ask {
  readonly kind: AskKind;
  readonly by: Principal;
  readonly context: ContextName;
  /** As people write it: `/jobs/{id}:cancel`. */
  readonly route: string;
  /** What takes the place of `{id}`. */
  readonly target?: string;
  readonly key: string;
  readonly body: unknown;
  /** Decides, and writes nothing. */
  readonly validateOnly?: boolean;
}

interface At {
  /** On the wall. */
  readonly at: Instant;
}

/** An attempt of a command. */
interface Of extends At {
  /** The command's number, from 1. */
  readonly command: number;
  /** From 1. */
  readonly attempt: number;
}

export type HistoryRecord =
  | (At & { readonly what: 'run'; readonly seed: number; readonly minutes: number; readonly rate: number })
  | (At & { readonly what: 'asked'; readonly command: number; readonly ask: Ask })
  | (Of & { readonly what: 'sent'; readonly time: Instant; readonly match?: string })
  | (Of & { readonly what: 'answered'; readonly status: number; readonly body: unknown })
  | (Of & { readonly what: 'unanswered'; readonly why: string })
  | (At & { readonly what: 'fault'; readonly event: FaultEvent });

/** Those that are about an attempt's end. */
export type Answer = Extract<HistoryRecord, { readonly what: 'answered' | 'unanswered' }>;
