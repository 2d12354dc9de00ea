import type { Mode } from '../mode.js';

export const deepQueue: Mode = (program) => void program.command('deep-queue');
