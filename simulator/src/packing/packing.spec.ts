import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { arrivals } from './arrivals.js';
import { BrokenRule, Checker } from './checker.js';
import { packing, policyOf, renamed } from './mode.js';
import { capacityOf, readNodes } from './nodes.js';
import { readPods, type PodType } from './pods.js';
import { replay } from './replay.js';

const folder = mkdtempSync(join(tmpdir(), 'pioche-'));
const file = (content: string): string => {
  const path = join(folder, `${Math.random()}.csv`);
  writeFileSync(path, content);
  return path;
};
const NODES = 'sn,cpu_milli,memory_mib,gpu,model\n';
const PODS = 'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n';
const quiet = (): void => undefined;
const type = (over: Partial<PodType>): PodType => ({ cpuMilli: 1000, memoryMib: 100, gpus: 1, gpuMilli: 1000, models: [], ...over });

describe('lists of nodes and pods', () => {
  it('are read, nodes by name, pods of a kind as one type', () => {
    expect(readNodes(file(`${NODES}b,1000,10,2,T4\na,2000,20,1,G2\n`)).map(({ name, gpus }) => [name, gpus])).toEqual([['a', 1], ['b', 2]]);
    const pods = readPods(file(`${PODS}p,1000,10,1,470,\nq,500,5,0,0,nan\nr,1000,10,1,470,\ns,1000,10,2,1000,V100M32|V100M16|V100M32\n`));
    expect([pods.counts, [...pods.lines]]).toEqual([[2, 1, 1], [0, 1, 0, 2]]);
    expect(pods.types[2]).toEqual({ cpuMilli: 1000, memoryMib: 10, gpus: 2, gpuMilli: 1000, models: ['V100M16', 'V100M32'] });
  });

  it.each([
    ['p,1,1,1,1001,', /:2: gpu_milli: a whole number up to 1000 expected, found '1001'/],
    ['p,1,1,2,500,', /:2: gpu_milli: 1000 expected with several GPUs, found '500'/],
    ['p,1,1,1,0,', /:2: gpu_milli: 1 to 1000 expected with GPUs/],
    ['p,much,1,1,500,', /:2: cpu_milli: a number of at least 0 expected, found 'much'/],
    ['p,1,1,1,500', /:2: line: 6 fields expected, 5 found/],
  ])('are refused with file, line and column: %s', (line, message) => expect(() => readPods(file(PODS + line))).toThrow(message));

  it('are refused where two nodes have one name', () => expect(() => readNodes(file(`${NODES}a,1,1,1,T4\na,1,1,1,T4\n`))).toThrow(/:3: sn: 'a' is there already/));
});

describe('arrivals', () => {
  const pods = readPods(file(`${PODS}${Array.from({ length: 40 }, (_, i) => `p${i},${i},10,1,500,\n`).join('')}`));
  it('are every line once, then lines drawn again until enough has arrived; the same for the same seed', () => {
    const sequence = arrivals(pods, 10_000, 7, 300);
    expect(Array.from(sequence.slice(0, 40).sort())).toEqual([...pods.types.keys()]);
    expect(sequence).toHaveLength(60);
    expect(arrivals(pods, 10_000, 7, 300)).toEqual(sequence);
    expect(arrivals(pods, 10_000, 8, 300)).not.toEqual(sequence);
    expect(arrivals(pods, 10_000, 7, 100)).toEqual(sequence.slice(0, 20));
  });
});

describe('policies on three nodes', () => {
  const nodes = readNodes(file(`${NODES}a,8000,1000,2,G2\nb,8000,1000,1,T4\nc,4000,1000,1,T4\n`));
  const pods = readPods(file(`${PODS}p,2000,10,1,600,\nq,2000,10,1,400,\nr,2000,10,1,1000,\ns,1000,10,0,0,\nt,1000,10,1,1000,T4\n`));
  const spots = (policy: 'best-fit' | 'fgd' | 'pioche', ...types: number[]) => {
    const made = policyOf({ policy, seed: 1, distribution: 'known', migrationsPer100: 0 }, nodes, pods)();
    return types.map((number, pod) => made.place(pod, number).spot).map((spot) => spot && `${nodes[spot.node]!.name}${spot.gpus.join()}`);
  };

  // Left, of 128 cores and 8 GPUs, half and half: a (6, 1.4) → 0.111, b (6, 0.4) → 0.048, c (2, 0.4) → 0.033: 88, 95, 96.
  it('best fit takes the node with the least left', () => expect(spots('best-fit', 0, 1, 2, 3)).toEqual(['c0', 'c0', 'b0', 'b']));

  // By share: p, q, r, s, t 0.2 each. An empty c: only s has no use for it, so 200 of 1,000 milli are fragments. With 600
  // taken, 400 are left, which only q can use: 4 × 0.2 × 400 = 320; int(100 · σ(−0.12)) = 47.
  // b the same; a (no T4): before 0.2 · 2,000 (s) + 0.2 · 2,000 (t) = 800, after p, r: 0.2 · 400 each, q: 0, s, t: 0.2 · 1,400 each = 720: σ(0.08) → 51.
  it('fragmentation gradient descent goes where fragments grow least', () => expect(spots('fgd', 0)).toEqual(['a0']));

  it('one that fits nowhere is dropped', () => expect(spots('pioche', 4, 4, 4)).toEqual([expect.any(String), expect.any(String), undefined]));
});

describe('the checker', () => {
  const nodes = [{ name: 'a', cpuMilli: 2000, memoryMib: 150, gpus: 2, model: 'G2' }];
  const checker = (tokens = 0) => new Checker(nodes, tokens);
  it.each([
    ['a GPU twice', type({ gpuMilli: 600, memoryMib: 1 }), [[0], [0]], /GPU 0 of node 0 has -200 milli left/],
    ['more memory than there is', type({ memoryMib: 100 }), [[0], [1]], /-50 MiB left/],
    ['another model', type({ models: ['T4'] }), [[0]], /G2 is none of T4/],
    ['too few GPUs', type({ gpus: 2 }), [[0]], /2 GPUs asked, 0 given/],
    ['a GPU that is not there', type({}), [[2]], /GPU 2 of node 0/],
  ])('sees %s', (_, pod, given, message) => {
    const check = checker();
    expect(() => given.forEach((gpus, i) => check.check(i, pod, { spot: { node: 0, gpus } }))).toThrow(message);
  });

  it('sees a pod that is dropped and fits', () => expect(() => checker().check(0, type({}), {})).toThrow(BrokenRule));

  it('sees a move without a token, and one of a pod that is not there', () => {
    const check = checker(0.5);
    const pod = type({ memoryMib: 1 });
    const move = { pod: 0, spot: { node: 0, gpus: [1] } };
    check.check(0, pod, { spot: { node: 0, gpus: [0] } });
    expect(() => check.check(1, pod, { spot: { node: 0, gpus: [0] }, moves: [move] })).toThrow(/moved without a token/);
    const rich = checker(1);
    rich.check(0, pod, { spot: { node: 0, gpus: [0] } });
    expect(() => rich.check(1, pod, { spot: { node: 0, gpus: [1] }, moves: [{ ...move, pod: 5 }] })).toThrow(/holds nothing/);
  });
});

describe('the mode', () => {
  const run = async (...options: string[]): Promise<object | undefined> => {
    let result: object | undefined;
    const program = new Command().exitOverride().configureOutput({ writeErr: quiet });
    packing(program, (found) => (result = found), quiet);
    for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: quiet });
    await program.parseAsync(['packing', ...options], { from: 'user' });
    return result;
  };
  const nodes = file(`${NODES}a,64000,9000,8,G2\n`);
  const pods = file(`${PODS}p,1000,10,1,500,\nq,1000,10,2,1000,\n`);

  it('gives one point for every whole per cent, and the same hash again', async () => {
    const first = await run('--nodes', nodes, '--pods', pods, '--policy', 'pioche', '--until', '130');
    expect(first).toMatchObject({ mode: 'packing', policy: 'pioche', seed: 1, migrations: 0 });
    expect((first as { curve: unknown[] }).curve).toHaveLength(130);
    expect(await run('--nodes', nodes, '--pods', pods, '--policy', 'pioche', '--until', '130')).toMatchObject({ decisions_sha256: (first as { decisions_sha256: string }).decisions_sha256 });
  });

  it.each([
    [['--policy', 'best'], /Allowed choices/],
    [['--policy', 'fgd', '--seed', '-1'], /whole number from 0/],
    [['--policy', 'fgd', '--migrations-per-100', '1'], /'fgd' moves nothing/],
    [['--policy', 'fgd', '--distribution', 'learnt'], /'fgd' knows/],
  ])('refuses %j', async (options, message) => expect(run('--nodes', nodes, '--pods', pods, ...options)).rejects.toThrow(message));
});

const openb = join(import.meta.dirname, '../../../../shared/data/traces/openb');
const real = existsSync(openb) ? describe : describe.skip;
if (!existsSync(openb)) process.stderr.write(`skipped: the openb lists are not in ${openb}\n`);

real('the openb cluster', () => {
  // A skipped suite is still looked into: nothing is read before a test runs.
  let nodes: ReturnType<typeof readNodes>;
  let pods: ReturnType<typeof readPods>;
  beforeAll(() => {
    nodes = readNodes(join(openb, 'openb_node_list_gpu_node.csv'));
    pods = readPods(join(openb, 'openb_pod_list_default.csv'));
  });
  const allocated = (policy: 'fgd' | 'pioche', distribution: 'known' | 'learnt', shuffled = false): number => {
    const named = shuffled ? renamed(nodes, 1) : nodes;
    const sequence = arrivals(pods, capacityOf(nodes), 1, 100.2);
    return replay({ nodes: named, pods, sequence, until: 100.2, migrationsPer100: 0 }, policyOf({ policy, seed: 1, distribution, migrationsPer100: 0 }, named, pods), quiet).curve[99]!.allocated_pct;
  };

  it('has all its lists read', () => {
    expect([nodes.length, capacityOf(nodes)]).toEqual([1213, 6_212_000]);
    for (const list of readdirSync(openb).filter((name) => name.startsWith('openb_pod_list'))) expect(readPods(join(openb, list)).lines.length).toBeGreaterThan(7000);
  });

  it('is as full as published with fragmentation gradient descent', () => expect(Math.abs(allocated('fgd', 'known') - 95.23)).toBeLessThan(0.4));

  it('is fuller with the engine, the distribution known or learnt, whatever the names of the nodes', () => {
    const known = allocated('pioche', 'known');
    expect(known).toBeGreaterThan(95.9);
    expect(known).toBeLessThan(96.47);
    expect(allocated('pioche', 'learnt')).toBeGreaterThan(95.7);
    expect(Math.abs(allocated('pioche', 'known', true) - known)).toBeLessThan(0.15);
  });
});
