/**
 * Licences (SPDX ids) that a dependency in production may have: those that let Pioche be given on under Apache-2.0 with
 * no more than a notice. Another one is a decision, and is added here with it.
 */
export const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'PostgreSQL', 'Python-2.0', 'Unlicense', 'Zlib']);

/** Whether an SPDX expression of ids, AND and OR leaves an allowed choice. @param {string} expression */
export const isAllowed = (expression) =>
  expression.replaceAll(/[()]/g, '').split(' OR ').some((choice) => choice.split(' AND ').every((id) => ALLOWED.has(id.trim())));
