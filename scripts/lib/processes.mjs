import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';

/** @typedef {{ env?: NodeJS.ProcessEnv, cwd?: string }} Surroundings */

export const exists = existsSync;

/**
 * Runs a program on this terminal, passing on the signals that this process gets.
 * @param {string} command @param {string[]} args @param {Surroundings} [surroundings]
 * @returns {Promise<number>} its exit status; 128 + the signal's number where one ended it
 */
export function passThrough(command, args, surroundings = {}) {
  const child = spawn(command, args, { ...surroundings, stdio: 'inherit' });
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    // A Ctrl-C reaches every process of the terminal by itself; passed on as well it would arrive twice.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) => resolve(status ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  }).finally(() => {
    for (const signal of signals) process.off(signal, pass);
  });
}

/**
 * Turns this process into another program where the system can (then there is nothing to pass on), else runs that
 * program in its place.
 * @param {string} command @param {string[]} args @returns {Promise<number>}
 */
export async function become(command, args) {
  if (typeof process.execve === 'function' && process.platform !== 'win32') process.execve(command, [command, ...args], process.env);
  return passThrough(command, args);
}
