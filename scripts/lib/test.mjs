import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { MODULES, ROOT } from './places.mjs';
import { passThrough } from './processes.mjs';
import { withServers } from './servers.mjs';

/** `test [paths and flags of jest]`. @param {string[]} args */
export function test(args) {
  return needServers(args) ? withServers('test', (env) => jest(args, env)) : jest(args, process.env);
}

/** The specs that take minutes, and only these, one after the other. @param {string[]} args */
export function testSlow(args) {
  const only = ['--runInBand', '--testMatch', '**/*.slow.spec.ts', '--testPathIgnorePatterns', '/node_modules/', '/dist/'];
  return withServers('test', (env) => jest([...args, ...only], env));
}

/** Breaks the core on purpose, one guarantee after the other, and sees each noticed. @param {string[]} args */
export async function testMutations(args) {
  const { mutations } = await import('../mutations/run.mjs');
  return mutations(args);
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env */
function jest(args, env) {
  const options = [env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const surroundings = { cwd: ROOT, env: { ...env, NODE_OPTIONS: options.filter(Boolean).join(' ') } };
  return passThrough(process.execPath, [join(MODULES, 'jest/bin/jest.js'), ...args], surroundings);
}

/** Not when files and folders are named, and each holds specs that need no server. @param {string[]} args */
function needServers(args) {
  const named = args.filter((arg, at) => !arg.startsWith('-') && !/^(-t|--testNamePattern|--outputFile)$/.test(args[at - 1] ?? ''));
  return named.length === 0 || !named.every((name) => existsSync(resolve(ROOT, name)) && specsIn(resolve(ROOT, name)).every(isUnitSpec));
}

/** @param {string} path */
function specsIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts') && !/(^|[/\\])(node_modules|dist)[/\\]/.test(name))
    .map((name) => join(path, name));
}

/** @param {string} spec */
function isUnitSpec(spec) {
  return !/\.(int|slow)\.spec\.ts$/.test(spec) && !relative(ROOT, spec).replaceAll('\\', '/').startsWith('services/platform/');
}
