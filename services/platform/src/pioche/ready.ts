/** For health checks where there is neither a shell nor curl. */
import { askReady } from '../ready.js';

const PORT = process.env['PORT'] || '3000';

export async function ready(url = `http://127.0.0.1:${PORT}`): Promise<void> {
  const wrong = await askReady(url.replace(/\/$/, ''));
  if (wrong !== undefined) process.stderr.write(`${wrong}\n`);
  process.exitCode = wrong === undefined ? 0 : 1;
}
