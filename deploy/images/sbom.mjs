import { mkdtempSync, readdirSync, readFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSbom } from '../../scripts/sbom/sbom.mjs';

/** @import { Component } from '../../scripts/sbom/sbom.mjs' */
/** @import { Engine } from './engine.mjs' */

/**
 * Writes what is in the image, as CycloneDX: Node, the Debian packages of its libraries, and of the project's SBOM what
 * the image has a file of.
 * @param {Engine} engine @param {string} image @param {string} file
 */
export function writeImageSbom(engine, image, file) {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-sbom-'));
  try {
    const container = engine.docker(['create', image], { quiet: true });
    engine.docker(['cp', `${container}:/app`, join(folder, 'app')], { quiet: true });
    engine.docker(['cp', `${container}:/var/lib/dpkg/status.d`, join(folder, 'dpkg')], { quiet: true });
    engine.docker(['rm', container], { quiet: true });
    const node = engine.docker(['run', '--rm', '--network=none', '--entrypoint', '/usr/local/bin/node', image, '--version'], { quiet: true }).slice(1);
    const inside = new Set(packagesIn(join(folder, 'app')));
    const project = makeSbom(inside);
    const ours = project.components.filter(({ 'bom-ref': ref }) => inside.delete(ref));
    if (inside.size > 0) throw new Error(`${image} has packages that the project's SBOM does not know: ${[...inside].join(', ')}`);
    const components = [...ours, component('node', node, `pkg:generic/node@${node}`, 'MIT'), ...debianIn(join(folder, 'dpkg'))];
    const refs = new Set([project.metadata.component['bom-ref'], ...components.map(({ 'bom-ref': ref }) => ref)]);
    const dependencies = project.dependencies.filter(({ ref }) => refs.has(ref)).map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
    writeFileSync(file, `${JSON.stringify({ ...project, components, dependencies }, null, 2)}\n`);
    console.log(`dist/images/pioche.cdx.json: ${components.length} components`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `name@version` of every package below `node_modules` folders, and of our own. @param {string} app @returns {string[]} */
function packagesIn(app) {
  const manifests = readdirSync(app, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'package.json')
    .map(({ parentPath }) => parentPath)
    // Others only say how their folder is read.
    .filter((folder) => /\/node_modules\/(@[^/]+\/)?[^/]+$/.test(folder) || /^\/(libs|services)\/[^/]+$/.test(folder.slice(app.length)));
  return manifests.map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name}@${version}`;
  });
}

/** @param {string} folder a file for each package, in the form of dpkg's status @returns {Component[]} */
function debianIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const field = (/** @type {string} */ key) => new RegExp(`^${key}: (.*)$`, 'm').exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? '';
    const version = field('Version');
    return component(field('Package'), version, `pkg:deb/debian/${field('Package')}@${encodeURIComponent(version)}?arch=${field('Architecture')}`);
  });
}

/** @param {string} name @param {string} version @param {string} purl @param {string} [licence] */
const component = (name, version, purl, licence) => ({
  type: 'library', 'bom-ref': purl, name, version, purl, ...(licence !== undefined && { licenses: [{ license: { id: licence } }] }),
});
