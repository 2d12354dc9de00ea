/** SQLSTATE classes and codes that pass by themselves: connection, resources, serialization, operator (PostgreSQL App. A). */
const PASSING = /^(08...|53...|57014|57P..|40001|40P01|55P03|58...)$/;
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const LOST = /Connection terminated|connection timeout|timeout exceeded when trying to connect|Query read timeout|not queryable/i;

/** Whether it may be worth trying the same again for as long as it takes: nothing is wrong with what was asked. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('transient' in error && error.transient === true) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return PASSING.test(code) || NETWORK.has(code) || LOST.test(error.message) || isTransient(error.cause);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
