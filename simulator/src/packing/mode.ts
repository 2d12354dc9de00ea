import type { Mode } from '../mode.js';

export const packing: Mode = (program) => void program.command('packing');
