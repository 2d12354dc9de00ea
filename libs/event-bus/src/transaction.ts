import type pg from 'pg';

/**
 * A connection for work that begins and commits its own transaction; rolled back where it throws. A connection that
 * cannot even do that is closed.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  let lost: Error | undefined;
  const onLost = (error: Error) => void (lost = error);
  tx.on('error', onLost);
  try {
    return await work(tx);
  } catch (error) {
    await tx.query('ROLLBACK').catch((broken: Error) => void (lost ??= broken));
    // What the handler threw may hide it: the cause is the connection.
    throw lost ?? error;
  } finally {
    tx.off('error', onLost);
    tx.release(lost);
  }
}
