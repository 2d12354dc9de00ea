import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout, without a slash at its end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
export const MODULES = join(ROOT, 'node_modules');
/** What a run leaves on this machine: data, caches. Never committed. */
export const LOCAL = join(ROOT, '.pioche');
/** The Node that everything here runs on; npm installs it. */
export const NODE = join(MODULES, '.bin/node');
