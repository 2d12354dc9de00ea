import type { Mode } from '../mode.js';

export const queueing: Mode = (program) => void program.command('queueing');
