/** What a newcomer can try once the scenario is over. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shape } from './shape.js';

const DAY_S = 86_400;

/** @param dataDir gets the file `token`: what is said may end in a log */
export async function whatNext(shape: Shape, dataDir: string): Promise<string[]> {
  const token = await shape.issuer.mint({ subject: 'you', role: 'operator', lifetime: DAY_S });
  const file = join(dataDir, 'token');
  writeFileSync(file, token, { mode: 0o600 });
  const get = (context: Parameters<Shape['url']>[0], path: string) => `  curl -H "authorization: Bearer $TOKEN" '${shape.url(context)}${path}'`;
  return [
    '',
    'Try next (a token that is good for a day):',
    `  TOKEN=$(cat '${file}')`,
    get('inventory', '/nodes?status=in_service&page_size=3'),
    get('scheduling', '/jobs?page_size=3'),
    get('billing', '/invoices'),
    get('lab', '/burn?period=2026-11'),
    get('sovereignty', '/audit/checkpoint'),
    ...(['inventory', 'scheduling', 'billing', 'sovereignty', 'lab'] as const).map((context) => `  ${shape.url(context)}/docs`),
    'Ctrl-C ends it; the next start goes on where it was, with `--fresh` it starts over.',
  ];
}
