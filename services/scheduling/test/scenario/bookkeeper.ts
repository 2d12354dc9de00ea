/**
 * Books of what an engine decides, kept beside it and by other means: maps of names, no bits, nothing of its state. Each
 * decision is checked against what is known when it is made; `wrong` has what should not have been.
 */
import type { AdvanceReservation, Decisions, JobAsk, NodeShare, NodeSpec, PowerCap, QueueSpec, QuotaSpec } from '../../src/engine/index.js';
import type { Happening, Policy } from './scenario.js';

/** What a job holds, and since when. */
interface Held {
  placements: readonly NodeShare[];
  sinceMs: number;
  savedMs: number;
  readonly limitMs: number;
  ordered?: { readonly byMs: number; readonly for: string | undefined; readonly drain: boolean } | undefined;
}

interface Known {
  readonly spec: NodeSpec;
  readonly status: 'open' | 'cordoned' | 'withdrawn';
  readonly deadlineMs?: number | undefined;
}

/** Slices of an instance, and where it may begin: NVIDIA MIG User Guide, "H100 MIG Profiles". */
const INSTANCES: Readonly<Record<string, { readonly slices: number; readonly starts: readonly number[] }>> = {
  '1g.10gb': { slices: 1, starts: [0, 1, 2, 3, 4, 5, 6] },
  '1g.20gb': { slices: 2, starts: [0, 2, 4, 6] },
  '2g.20gb': { slices: 2, starts: [0, 2, 4] },
  '3g.40gb': { slices: 4, starts: [0, 4] },
  '4g.40gb': { slices: 4, starts: [0] },
  '7g.80gb': { slices: 8, starts: [0] },
};

const milliOf = ({ nodes, gpusPerNode, gpuMilli }: JobAsk): number => nodes * gpusPerNode * gpuMilli;

export class Bookkeeper {
  readonly wrong: string[] = [];
  readonly nodes = new Map<string, Known>();
  readonly waiting = new Map<string, JobAsk>();
  readonly held = new Map<string, Held>();
  /** Of all jobs that were ever submitted. */
  readonly asks = new Map<string, JobAsk>();
  readonly over = new Set<string>();
  readonly queues = new Map<string, QueueSpec>();
  readonly quotas = new Map<string, QuotaSpec>();
  private readonly barred = new Set<string>();
  private readonly caps = new Map<string, PowerCap>();
  private readonly advance = new Map<string, AdvanceReservation>();
  private policy: Policy = [];

  /** What is no decision. */
  happened(one: Happening): void {
    switch (one.what) {
      case 'submit':
        this.waiting.set(one.actor.ask.job, one.actor.ask);
        this.asks.set(one.actor.ask.job, one.actor.ask);
        return;
      case 'cancel':
        return this.ended(one.job);
      case 'checkpoint': {
        const held = this.held.get(one.job);
        if (held) held.savedMs = one.atMs;
        return;
      }
      case 'admit':
        return void this.nodes.set(one.node.node, { spec: one.node, status: 'open' });
      case 'withdraw':
        return void this.nodes.set(one.node, { ...this.nodes.get(one.node)!, status: 'withdrawn', deadlineMs: undefined });
      case 'drain':
        return void this.nodes.set(one.node, { ...this.nodes.get(one.node)!, status: 'cordoned', deadlineMs: one.deadlineMs });
      case 'quota':
        return void this.quotas.set(one.tenant, one.quota);
      case 'queue':
        return void this.queues.set(one.queue, one.spec);
      case 'bar':
        return void this.barred.add(one.tenant);
      case 'unbar':
        return void this.barred.delete(one.tenant);
      case 'policy':
        this.policy = one.policy;
        return;
      case 'power':
        return void (one.cap ? this.caps.set(one.site, one.cap) : this.caps.delete(one.site));
      case 'reserve':
        return void this.advance.set(one.reservation.id, one.reservation);
      default:
        this.advance.delete(one.id);
    }
  }

  started(job: string, atMs: number): void {
    const held = this.held.get(job);
    if (held) held.sinceMs = atMs;
  }

  ended(job: string): void {
    this.waiting.delete(job);
    this.held.delete(job);
    this.over.add(job);
  }

  requeued(job: string): void {
    this.held.delete(job);
    this.waiting.set(job, this.asks.get(job)!);
  }

  /** Checks what was decided and enters it. */
  decided({ nowMs, evictions, repairs, preemptions, placements, wakeAtMs }: Decisions): void {
    if (wakeAtMs !== undefined && !(wakeAtMs > nowMs && Number.isFinite(wakeAtMs))) this.note(`wakes at ${wakeAtMs}, and it is ${nowMs}`);
    for (const { job, reason } of evictions) this.checkEviction(job, reason, nowMs);
    for (const { job, replaced, placements: now } of repairs) this.repair(job, replaced, now, nowMs);
    const before = new Map([...this.quotas.keys()].map((tenant) => [tenant, this.useOf(tenant)]));
    for (const placement of placements) this.place(placement, nowMs);
    for (const order of preemptions) this.order(order, before, nowMs);
  }

  /** The jobs that wait though they could run if they were alone. */
  starved(nowMs: number): string[] {
    return [...this.waiting.keys()].filter((job) => this.couldRun(this.asks.get(job)!, nowMs));
  }

  private note(text: string): void {
    this.wrong.push(text);
  }

  private place({ job, placements, timeLimitS, site, gpuModel }: Decisions['placements'][number], nowMs: number): void {
    const ask = this.waiting.get(job);
    if (!ask) return this.note(`${job} is placed and does not wait`);
    const queue = this.queues.get(ask.queue);
    if (!queue) return this.note(`${job} is placed from a queue that is not open`);
    const limitMs = (ask.timeLimitS ?? queue.defaultTimeLimitS) * 1000;
    if (timeLimitS * 1000 !== limitMs) this.note(`${job} has the limit ${timeLimitS}`);
    if (this.barred.has(ask.tenant)) this.note(`${job} is placed though its tenant is barred`);
    if (!this.permits(ask, site)) this.note(`${job} is placed without a permit`);
    const quota = this.quotas.get(ask.tenant);
    const use = this.useOf(ask.tenant) + milliOf(ask);
    if (!quota || use > (quota.guaranteed + quota.borrowable) * 1000) this.note(`${job} exceeds the quota: ${use}`);
    if (this.drawnIn(site) + this.drawOf(ask, gpuModel, site) > (this.caps.get(site)?.maxWatts ?? Infinity) * 1000) this.note(`${job} exceeds the power cap of ${site}`);
    if (placements.some(({ node }) => this.nodes.get(node)?.spec.site !== site || this.modelOf(node) !== gpuModel)) this.note(`${job} is not in the site and model it is said to be in`);
    this.checkNodes(job, ask, placements, placements.map(({ node }) => node), nowMs, nowMs + limitMs);
    this.waiting.delete(job);
    this.held.set(job, { placements, sinceMs: nowMs, savedMs: nowMs, limitMs });
  }

  /** @param fresh the nodes that it has not held before */
  private checkNodes(job: string, ask: JobAsk, placements: readonly NodeShare[], fresh: readonly string[], nowMs: number, endMs: number): void {
    const names = placements.map(({ node }) => node);
    if (names.length !== ask.nodes || new Set(names).size !== names.length) this.note(`${job} asks for ${ask.nodes} nodes and gets ${names.join()}`);
    const specs = names.map((name) => this.nodes.get(name)!.spec);
    if (new Set(specs.map(({ site }) => site)).size > 1) this.note(`${job} is in several sites`);
    if (new Set(names.map((name) => this.modelOf(name))).size > 1) this.note(`${job} has several models`);
    if (ask.site !== undefined && specs.some(({ site }) => site !== ask.site)) this.note(`${job} is not in ${ask.site}`);
    if (ask.gpuModels && names.some((name) => !ask.gpuModels!.includes(this.modelOf(name)))) this.note(`${job} has another model than it asks for`);
    if (ask.topology?.required === 'unit' && new Set(specs.map(({ scalableUnit }) => scalableUnit)).size > 1) this.note(`${job} is not in one unit`);
    for (const share of placements) {
      const { node, gpus } = share;
      if (gpus.length !== ask.gpusPerNode || new Set(gpus).size !== gpus.length) this.note(`${job} has ${gpus.length} GPUs of ${node}`);
      if (fresh.includes(node)) this.checkNode(job, ask, share, nowMs, endMs);
    }
  }

  private checkNode(job: string, ask: JobAsk, { node, gpus, migStart }: NodeShare, nowMs: number, endMs: number): void {
    const { spec, status } = this.nodes.get(node)!;
    if (status !== 'open') this.note(`${job} is placed on ${node}, which is ${status}`);
    for (const { id, tenant, nodes, fromMs, toMs } of this.advance.values())
      if (nodes.includes(node) && tenant !== ask.tenant && fromMs < endMs && toMs > nowMs) this.note(`${job} is placed on ${node}, which ${id} keeps`);
    for (const gpu of gpus) {
      if (!spec.gpus.some(({ id }) => id === gpu)) this.note(`${node} has no ${gpu}`);
      const others = [...this.held].filter(([other, { placements }]) => other !== job && placements.some((each) => each.gpus.includes(gpu)));
      const used = others.reduce((sum, [other]) => sum + this.asks.get(other)!.gpuMilli, 0);
      if (used + ask.gpuMilli > 1000) this.note(`${gpu} is held twice: ${job} and ${others.map(([other]) => other).join()}`);
      if (others.some(([other]) => (this.asks.get(other)!.migProfile === undefined) !== (ask.migProfile === undefined))) this.note(`${gpu} is shared and cut into instances`);
      if (ask.migProfile !== undefined) this.checkInstance(job, ask.migProfile, migStart, gpu, others);
    }
    for (const kind of ['cpuMilli', 'memoryMib'] as const) {
      if (spec[kind] === undefined) continue;
      let used = ask[kind] ?? 0;
      for (const [other, { placements }] of this.held) if (other !== job && placements.some((each) => each.node === node)) used += this.asks.get(other)![kind] ?? 0;
      if (used > spec[kind]) this.note(`${job} exceeds the ${kind} of ${node}: ${used} of ${spec[kind]}`);
    }
  }

  private checkInstance(job: string, profile: string, start: number | undefined, gpu: string, others: readonly (readonly [string, Held])[]): void {
    const slicesAt = (name: string, from: number): number[] => Array.from({ length: INSTANCES[name]!.slices }, (_, i) => from + i);
    if (start === undefined || !INSTANCES[profile]!.starts.includes(start)) return this.note(`${job} begins at slice ${start} of ${gpu}`);
    const own = slicesAt(profile, start);
    for (const [other, { placements }] of others) {
      const from = placements.find(({ gpus }) => gpus.includes(gpu))?.migStart ?? 0;
      if (slicesAt(this.asks.get(other)!.migProfile ?? '7g.80gb', from).some((slice) => own.includes(slice))) this.note(`${gpu}: slices of ${job} and ${other} overlap`);
    }
  }

  private checkEviction(job: string, reason: string, nowMs: number): void {
    const held = this.held.get(job);
    if (!held) return this.note(`${job} is evicted and holds nothing`);
    const on = held.placements.map(({ node }) => this.nodes.get(node)!);
    const cause = {
      'grace-over': held.ordered !== undefined && held.ordered.byMs <= nowMs,
      'no-spare': on.some(({ status }) => status === 'withdrawn'),
      drain: on.some(({ deadlineMs }) => deadlineMs !== undefined && deadlineMs <= nowMs),
    }[reason];
    if (!cause) this.note(`${job} is evicted without cause: ${reason}`);
  }

  private repair(job: string, replaced: readonly { readonly node: string; readonly by: string }[], placements: readonly NodeShare[], nowMs: number): void {
    const held = this.held.get(job);
    if (!held) return this.note(`${job} is repaired and holds nothing`);
    const ask = this.asks.get(job)!;
    for (const { node, by } of replaced) {
      const { status, deadlineMs } = this.nodes.get(node)!;
      if (status !== 'withdrawn' && !(deadlineMs !== undefined && deadlineMs <= nowMs)) this.note(`${job} is repaired without ${node}, which is there`);
      if (!held.placements.some((each) => each.node === node) || !placements.some((each) => each.node === by)) this.note(`${job} is not repaired as it is said to be`);
    }
    const kept = placements.filter(({ node }) => held.placements.some((each) => each.node === node));
    if (kept.length + replaced.length !== placements.length) this.note(`${job} does not keep its other nodes`);
    this.checkNodes(job, ask, placements, replaced.map(({ by }) => by), nowMs, nowMs + held.limitMs);
    Object.assign(held, { placements, ordered: undefined, sinceMs: nowMs });
  }

  /** @param before what tenants held before the plan: who asks is judged by that, who is asked also by what it has got meanwhile */
  private order({ job, for: forJob, reason, byMs }: Decisions['preemptions'][number], before: ReadonlyMap<string, number>, nowMs: number): void {
    const held = this.held.get(job);
    if (!held) return this.note(`${job} is asked to leave and holds nothing`);
    if (held.ordered) return this.note(`${job} is asked to leave twice`);
    if (reason === 'drain') {
      if (!held.placements.some(({ node }) => this.nodes.get(node)?.deadlineMs !== undefined)) this.note(`${job} is asked to leave a node that is not drained`);
    } else if (forJob === undefined || !(this.waiting.has(forJob) || this.held.has(forJob))) this.note(`${job} is asked to leave for nobody`);
    else this.checkRight(job, held, forJob, before, nowMs);
    held.ordered = { byMs, for: forJob, drain: reason === 'drain' };
  }

  private checkRight(job: string, held: Held, forJob: string, before: ReadonlyMap<string, number>, nowMs: number): void {
    const [victim, claimant] = [this.asks.get(job)!, this.asks.get(forJob)!];
    const queue = this.queues.get(victim.queue);
    if (victim.preemptible === false) this.note(`${job} is asked to leave and is not preemptible`);
    if (nowMs - held.sinceMs < (queue?.minRunS ?? 600) * 1000) this.note(`${job} is asked to leave after ${nowMs - held.sinceMs} ms`);
    const [here, there] = [this.queues.get(claimant.queue)?.priority ?? 0, queue?.priority ?? 0];
    const higher = here > there || (here === there && claimant.priority > victim.priority);
    if (claimant.tenant === victim.tenant) {
      if (!higher) this.note(`${job} is asked to leave for ${forJob}, which ranks no higher`);
      return;
    }
    // What is coming free already is no longer borrowed; what others have been promised is used already.
    const leaving = [...this.held].filter(([other, { ordered }]) => other !== job && ordered && this.asks.get(other)!.tenant === victim.tenant).reduce((sum, [other]) => sum + milliOf(this.asks.get(other)!), 0);
    const borrowed = this.useOf(victim.tenant) - leaving > this.guaranteedOf(victim.tenant);
    const promised = new Set([...this.held.values()].flatMap(({ ordered }) => (ordered?.for !== undefined && ordered.for !== forJob && this.waiting.has(ordered.for) ? [ordered.for] : [])));
    let use = (before.get(claimant.tenant) ?? 0) + (this.held.has(forJob) ? 0 : milliOf(claimant));
    for (const other of promised) if (this.asks.get(other)!.tenant === claimant.tenant) use += milliOf(this.asks.get(other)!);
    const guaranteed = use <= this.guaranteedOf(claimant.tenant);
    if (!((guaranteed && borrowed) || (higher && (guaranteed || borrowed)))) this.note(`${job} is asked to leave for ${forJob} without right`);
  }

  private couldRun(ask: JobAsk, nowMs: number): boolean {
    const quota = this.quotas.get(ask.tenant);
    if (!quota || milliOf(ask) > (quota.guaranteed + quota.borrowable) * 1000 || this.barred.has(ask.tenant) || !this.queues.has(ask.queue)) return false;
    const groups = new Map<string, number>();
    for (const [name, { spec, status }] of this.nodes) {
      if (status !== 'open' || !this.permits(ask, spec.site) || (ask.site !== undefined && ask.site !== spec.site)) continue;
      if (ask.gpuModels && !ask.gpuModels.includes(this.modelOf(name))) continue;
      if (spec.gpus.length < ask.gpusPerNode || (spec.cpuMilli ?? Infinity) < (ask.cpuMilli ?? 0) || (spec.memoryMib ?? Infinity) < (ask.memoryMib ?? 0)) continue;
      if (this.drawOf(ask, this.modelOf(name), spec.site) > (this.caps.get(spec.site)?.maxWatts ?? Infinity) * 1000) continue;
      if ([...this.advance.values()].some(({ nodes, tenant, toMs }) => nodes.includes(name) && tenant !== ask.tenant && toMs > nowMs)) continue;
      const group = `${spec.site} ${this.modelOf(name)} ${ask.topology?.required === 'unit' ? spec.scalableUnit : ''}`;
      groups.set(group, (groups.get(group) ?? 0) + 1);
    }
    return Math.max(0, ...groups.values()) >= ask.nodes;
  }

  private permits(ask: JobAsk, site: string): boolean {
    return !this.policy.some((pair) => pair.tenant === ask.tenant && pair.site === site);
  }

  private modelOf(node: string): string {
    return this.nodes.get(node)?.spec.gpus[0]?.model ?? '';
  }

  private useOf(tenant: string): number {
    let use = 0;
    for (const job of this.held.keys()) if (this.asks.get(job)!.tenant === tenant) use += milliOf(this.asks.get(job)!);
    return use;
  }

  private guaranteedOf(tenant: string): number {
    return (this.quotas.get(tenant)?.guaranteed ?? 0) * 1000;
  }

  private drawOf(ask: JobAsk, model: string, site: string): number {
    const watts = this.caps.get(site)?.gpuWatts ?? {};
    return milliOf(ask) * (watts[model] ?? Math.max(0, ...Object.values(watts)));
  }

  private drawnIn(site: string): number {
    let drawn = 0;
    for (const [job, { placements }] of this.held) {
      const [first] = placements;
      if (first && this.nodes.get(first.node)?.spec.site === site) drawn += this.drawOf(this.asks.get(job)!, this.modelOf(first.node), site);
    }
    return drawn;
  }
}
