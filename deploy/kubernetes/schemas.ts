/** What the schemas of Kubernetes and of the operators say about objects. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { crds } from './crds.mjs';
import type { KubernetesObject } from './objects.js';

const run = promisify(execFile);
const at = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const VENV = at('../../.pioche/kubernetes-venv');
const PYTHON = join(VENV, 'bin/python');
const JSON_CRDS = at('../../.pioche/crds/json');
/** Kubernetes' version whose schemas are asked. */
const VERSION = '1.34';

export interface Schemas {
  /** Sources whose schemas cannot be had here, and why. */
  readonly missing: readonly string[];
  /** @returns a line for each object that is not as its schema has it */
  faultsOf(objects: readonly KubernetesObject[]): Promise<string[]>;
}

/** Fetches what is not kept yet. @throws Error where there is no Python, or it cannot have what it needs */
export async function schemas(): Promise<Schemas> {
  if (!existsSync(PYTHON)) await run('python3', ['-m', 'venv', VENV]);
  await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', at('requirements.txt')]);
  const { files, missing } = crds();
  return { missing, faultsOf: (objects) => validate(files.map(asJson), objects) };
}

/** Python reads a megabyte of YAML in seconds, of JSON at once. */
function asJson(file: string): string {
  const json = join(JSON_CRDS, `${basename(file, '.yaml')}.json`);
  if (existsSync(json)) return json;
  mkdirSync(JSON_CRDS, { recursive: true });
  writeFileSync(json, JSON.stringify(parse(readFileSync(file, 'utf8'))));
  return json;
}

async function validate(files: readonly string[], objects: readonly KubernetesObject[]): Promise<string[]> {
  const python = spawn(PYTHON, [at('validate.py'), VERSION, ...files], { stdio: ['pipe', 'pipe', 'inherit'] });
  python.stdin.end(JSON.stringify(objects));
  const [printed, status] = await Promise.all([text(python.stdout), new Promise<number | null>((resolve) => python.once('close', resolve))]);
  if (status !== 0) throw new Error(`validate.py ended with ${status}`);
  return printed.split('\n').filter((line) => line !== '');
}
