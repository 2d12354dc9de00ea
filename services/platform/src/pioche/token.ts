import { BuiltInIssuer, readVariables, ROLES, VARIABLES } from '@pioche/service-kit';
import { z } from 'zod';
import { Usage } from '../scenario/options.js';
import type { TokenWish } from './command-line.js';
import { runDeed } from './deed.js';

export const token = ({ role: name, tenant, subject, lifetime }: TokenWish): Promise<void> =>
  runDeed(async () => {
    const role = ROLES.find((one) => one === name);
    if (role === undefined) throw new Usage(2, `error: no role ${name}: one of ${ROLES.join(', ')}`);
    const { ISSUER_SECRET: secret } = readVariables(z.object({ ISSUER_SECRET: VARIABLES.issuerSecret }));
    const issuer = await BuiltInIssuer.fromSecret(secret);
    process.stdout.write(`${await issuer.mint({ role, subject, lifetime, ...(tenant !== undefined && { tenant }) })}\n`);
    return 0;
  });
