// The schemas of the operators' objects, each of the version that k8s/overlays/production is written for; kept in .pioche/crds.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goEnvironment } from '../../scripts/lib/go.mjs';
import { LOCAL, ROOT } from '../../scripts/lib/places.mjs';

const KEPT = join(LOCAL, 'crds');
const PATIENCE_MS = 300_000;

/** Sources that have them, as Go modules: where in the module, which, and the module's checksum. */
const MODULES = [
  { module: 'github.com/cloudnative-pg/cloudnative-pg@v1.27.0', sum: 'h1:mp0zlYO4vKAJmQdArWORWKr1lmB4Hj8JeBQGX5RBnpg=', folder: 'config/crd/bases', files: ['postgresql.cnpg.io_clusters', 'postgresql.cnpg.io_databases', 'postgresql.cnpg.io_scheduledbackups'] },
  { module: 'github.com/kedacore/keda/v2@v2.18.0', sum: 'h1:ttR223fii/4QJ0YvtrhcWHaEoezByb/t5CeFopjl6EI=', folder: 'config/crd/bases', files: ['keda.sh_scaledobjects'] },
  { module: 'sigs.k8s.io/gateway-api@v1.3.0', sum: 'h1:q6okN+/UKDATola4JY7zXzx40WO4VISk7i9DIfOvr9M=', folder: 'config/crd/standard', files: ['gateway.networking.k8s.io_gateways', 'gateway.networking.k8s.io_httproutes'] },
  { module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0', sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=', folder: 'example/prometheus-operator-crd', files: ['monitoring.coreos.com_podmonitors', 'monitoring.coreos.com_prometheusrules'] },
  { module: 'github.com/external-secrets/external-secrets@v0.20.1', sum: 'h1:6dnPftnv0h9fHMXpFB534Kj+eAQOEmPwVqGyL3ICv2g=', folder: 'config/crds/bases', files: ['external-secrets.io_externalsecrets'] },
];

/** Strimzi's are in its jars, by class. */
const STRIMZI = {
  Kafka: 'io.strimzi.api.kafka.model.kafka.Kafka',
  KafkaNodePool: 'io.strimzi.api.kafka.model.nodepool.KafkaNodePool',
  KafkaTopic: 'io.strimzi.api.kafka.model.topic.KafkaTopic',
  KafkaUser: 'io.strimzi.api.kafka.model.user.KafkaUser',
};

/**
 * Fetches what is not kept yet.
 * @returns {{ files: string[], missing: string[] }} YAML files of CustomResourceDefinitions; a line for each source that cannot be had here, and why
 */
export function crds() {
  mkdirSync(KEPT, { recursive: true });
  const missing = [...MODULES.flatMap((source) => had(source.module, source.files, (into) => fromGo(source, into))), ...had('Strimzi 0.45', Object.keys(STRIMZI), fromStrimzi)];
  return { files: readdirSync(KEPT).filter((file) => file.endsWith('.yaml')).map((file) => join(KEPT, file)), missing };
}

/** @param {string} source @param {string[]} names @param {(into: string) => void} fetch @returns {string[]} */
function had(source, names, fetch) {
  if (names.every((name) => existsSync(join(KEPT, `${name}.yaml`)))) return [];
  const into = mkdtempSync(join(tmpdir(), 'pioche-crds-'));
  try {
    fetch(into);
    for (const name of names) writeFileSync(join(KEPT, `${name}.part`), readFileSync(join(into, `${name}.yaml`)));
    for (const name of names) renameSync(join(KEPT, `${name}.part`), join(KEPT, `${name}.yaml`));
    return [];
  } catch (error) {
    return [`${source}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`];
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

/** @param {typeof MODULES[number]} source @param {string} into */
function fromGo({ module, sum, folder, files }, into) {
  writeFileSync(join(into, 'go.mod'), 'module crds\n\ngo 1.22\n');
  const { Dir, Sum } = JSON.parse(run('go', ['mod', 'download', '-json', module], into, goEnvironment()));
  if (Sum !== sum) throw new Error('it is not what it was');
  for (const file of files) writeFileSync(join(into, `${file}.yaml`), readFileSync(join(Dir, folder, `${file}.yaml`)));
}

/** @param {string} into */
function fromStrimzi(into) {
  run('mvn', ['-q', '-B', '-f', join(ROOT, 'deploy/kubernetes/strimzi/pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${into}`], into);
  for (const [name, type] of Object.entries(STRIMZI)) {
    run('java', ['-cp', join(into, '*'), 'io.strimzi.crdgenerator.CrdGenerator', '--target-kube', '1.16+', '--yaml', `${type}=${join(into, `${name}.yaml`)}`], into);
  }
}

/** @param {string} command @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} [env] */
function run(command, args, cwd, env = process.env) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: PATIENCE_MS });
  if (error !== undefined) throw new Error(`${command} cannot be run (${error.message})`);
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${(stderr || stdout).trim()}`);
  return stdout;
}
