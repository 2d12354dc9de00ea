/** The bill of materials, beside what is really found by walking from package to package. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAllowed } from './licences.mjs';
import { makeSbom, type Component } from './sbom.mjs';

const ROOT = join(import.meta.dirname, '../..');
type Names = Readonly<Record<string, string>>;
interface Manifest { readonly name: string; readonly version: string; readonly dependencies?: Names; readonly optionalDependencies?: Names; readonly peerDependencies?: Names }
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Where a package finds another one, as Node looks for it. */
function folderOf(name: string, from: string): string | undefined {
  const here = join(from, 'node_modules', name);
  if (existsSync(join(here, 'package.json'))) return here;
  return from === ROOT || from === dirname(from) ? undefined : folderOf(name, dirname(from));
}

/** `name@version` of every package that ours lead to. */
function installed(): Set<string> {
  const found = new Set<string>();
  const open = [ROOT, ...globSync('{libs,services}/*/package.json', { cwd: ROOT }).map((file) => join(ROOT, dirname(file))), join(ROOT, 'bench'), join(ROOT, 'simulator')];
  const seen = new Set(open);
  for (const folder of open) {
    const { name, version, dependencies, optionalDependencies, peerDependencies } = manifestOf(folder);
    if (folder.includes('node_modules') && !name.startsWith('@pioche/')) found.add(`${name}@${version}`);
    for (const wanted of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const next = folderOf(wanted, folder);
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return found;
}

const licencesOf = ({ licenses = [] }: Component): string[] => licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? 'none');

describe('the bill of materials', () => {
  const { bomFormat, components, dependencies } = makeSbom();
  const foreign = components.filter((component) => !component['bom-ref'].startsWith('@pioche/'));

  it('has every package that is there in production, and no other', () => {
    expect(bomFormat).toBe('CycloneDX');
    expect(foreign.map((component) => component['bom-ref']).toSorted()).toEqual([...installed()].toSorted());
  });

  it('says of each its version, its licence and the hash of what was downloaded', () => {
    const incomplete = foreign.filter(({ version, hashes = [], ...rest }) => version === '' || !hashes.some(({ alg, content }) => alg === 'SHA-512' && content.length === 128) || licencesOf({ version, ...rest }).length === 0);
    expect(incomplete.map((component) => component['bom-ref'])).toEqual([]);
  });

  it('has only licences that were decided on', () => {
    expect(components.filter((component) => !licencesOf(component).every(isAllowed)).map((component) => `${component['bom-ref']}: ${licencesOf(component).join()}`)).toEqual([]);
    expect(['MIT', '(MIT OR GPL-3.0-only)', 'MIT AND ISC'].map(isAllowed)).toEqual([true, true, true]);
    expect(['AGPL-3.0-only', 'MIT AND GPL-3.0-only', 'UNLICENSED', 'none', 'SEE LICENSE IN x'].map(isAllowed)).toEqual([false, false, false, false, false]);
  });

  it('tells what leads to what, without loose ends', () => {
    const refs = new Set(components.map((component) => component['bom-ref']));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
  });
});
