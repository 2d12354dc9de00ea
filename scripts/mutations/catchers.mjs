import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** @import { Catcher, Mutation } from './catalogue.mjs' */
/** @typedef {{ passed: Set<string>, failed: { test: string, asserted: boolean }[], trouble?: string }} Tested */

/** No catcher takes longer; one that hangs has not told what is wrong. */
const LIMIT_MS = 5 * 60_000;

/**
 * Runs the tests of some catchers.
 * @param {string} folder of the copy @param {readonly Catcher[]} catchers @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Tested>} each test's full name, and what kept a spec from running
 */
export async function runTests(folder, catchers, env) {
  const specs = catchers.filter((catcher) => 'spec' in catcher);
  if (specs.length === 0) return { passed: new Set(), failed: [] };
  const output = join(folder, 'results.json');
  rmSync(output, { force: true });
  const flags = ['--json', `--outputFile=${output}`, '--cacheDirectory', join(folder, '.jest'), '--forceExit', '--runTestsByPath'];
  const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'].join(' ');
  const { said } = await run(folder, ['node_modules/jest/bin/jest.js', ...flags, ...new Set(specs.map(({ spec }) => spec)), '-t', specs.map(({ test }) => test).join('|')], { ...env, NODE_OPTIONS: options });
  if (!existsSync(output)) return { passed: new Set(), failed: [], trouble: said.trim().split('\n').at(-1) ?? 'Jest said nothing' };
  const { testResults } = JSON.parse(readFileSync(output, 'utf8'));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const broken = testResults.find(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0);
  return {
    passed: new Set(tests.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName)),
    failed: tests.filter(({ status }) => status === 'failed').map(({ fullName, failureMessages }) => ({ test: fullName, asserted: failureMessages.some(isAssertion) })),
    ...(broken && { trouble: `${broken.name}: ${broken.message.trim().split('\n').slice(0, 3).join(' ')}` }),
  };
}

/** An expectation was not met, other than by an error on the way to it. @param {string} message */
const isAssertion = (message) => message.includes('expect(');

/**
 * Runs the chaos harness of the copy, on servers of its own: it ends and pauses them.
 * @param {string} folder @param {readonly string[]} args
 * @returns {Promise<{ status: number, failed: string | undefined }>} its first check that does not hold
 */
export async function runChaos(folder, args) {
  const { status, said } = await run(folder, ['services/platform/dist/chaos.js', ...args, '--data-dir', join(folder, 'chaos')], process.env);
  return { status, failed: said.split('\n').find((line) => FAILED_CHECK.test(line))?.trim() };
}

/** How the harness says that a check does not hold. */
const FAILED_CHECK = /^\s*✗ /;

/** @param {string} cwd @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<{ status: number, said: string }>} */
function run(cwd, args, env) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 137, said }));
  }).finally(() => clearTimeout(late));
}
