import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../lib/failure.mjs';
import { ROOT } from '../lib/places.mjs';

/** @import { Bom, Component } from './sbom.mjs' */

/** Writes dist/sbom.cdx.json. @returns {Promise<number>} */
export async function sbom() {
  const bom = makeSbom();
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(join(ROOT, 'dist/sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
  console.log(`dist/sbom.cdx.json: ${bom.components.length} components`);
  return 0;
}

/**
 * What runs in production, as CycloneDX. `npm sbom --omit dev` would leave out whatever some other package names as a
 * development dependency of its own, kafkajs among them: so everything is asked for, and what the lock file marks as for
 * development only is taken out here.
 * @param {ReadonlySet<string>} [inProduction] `name@version` of what is asked for instead, beside our own packages
 * @returns {Bom}
 */
export function makeSbom(inProduction = productionRefs()) {
  const npm = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, shell: process.platform === 'win32' });
  if (npm.status !== 0) throw new Failure(`npm sbom failed: ${npm.stderr?.trim().split('\n').at(-1) ?? npm.error?.message}`);
  /** @type {Bom} */
  const bom = JSON.parse(npm.stdout);
  const components = bom.components.filter((component) => component['bom-ref'].startsWith('@pioche/') || inProduction.has(component['bom-ref']));
  const refs = new Set([bom.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])]);
  const { license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return {
    ...bom,
    components: components.map((component) => (component['bom-ref'].startsWith('@pioche/') ? { ...component, licenses: [{ license: { id: license } }] } : withoutDevelopment(component))),
    dependencies: bom.dependencies.filter(({ ref }) => refs.has(ref)).map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  };
}

/** `name@version` of what the lock file wants in production and is installed here. */
function productionRefs() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const wanted = Object.entries(packages).filter(([path, { link, dev }]) => path.includes('node_modules/') && !link && !dev && existsSync(join(ROOT, path)));
  return new Set(wanted.map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`));
}

/** One that is there for development too is told by npm as if it were for that only. @param {Component} component */
const withoutDevelopment = (component) => ({ ...component, properties: component.properties?.filter(({ name }) => name !== 'cdx:npm:package:development') ?? [] });
