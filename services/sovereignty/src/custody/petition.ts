/** A statement that waits for signatures until it expires. */
import { Ed25519Signature, type Custodian } from '@pioche/contracts';
import { idOf, plusSeconds, refuse, type Context, type Instant } from '@pioche/kernel';
import { z } from 'zod';
import type { Custody } from './custody.js';
import { verifyEd25519 } from './ed25519.js';

export interface Petition {
  readonly request: z.infer<typeof RequestId>;
  /** The exact text that is signed. */
  readonly statement: string;
  readonly expiresAt: Instant;
  /** Ids of the custodians who have signed. */
  readonly signers: readonly string[];
}

const RequestId = idOf('request');

export const Validity = z
  .int()
  .min(300)
  .max(7 * 86_400)
  .default(86_400)
  .meta({ description: 'Seconds in which the quorum must sign.' });

export const Signed = z.object({ request: RequestId, custodian: idOf('custodian'), signature: Ed25519Signature });

export type Action = 'switch-off' | 'switch-on' | 'change-custodians';

/**
 * The text custodians sign: one `name: value` per line, each line ended, in this order, so that it reads as it is and
 * can be made again byte for byte. The request and the nonce are new each time: a signature is good for one request.
 */
export function statementOf(
  action: Action,
  tenant: string,
  { request, nonce, expiresAt }: { request: string; nonce: string; expiresAt: Instant },
  more: readonly string[] = [],
): string {
  const lines = [
    'pioche statement v1',
    `action: ${action}`,
    `tenant: ${tenant}`,
    `request: ${request}`,
    `nonce: ${nonce}`,
    `expires: ${expiresAt}`,
    ...more,
  ];
  return `${lines.join('\n')}\n`;
}

/** What a custody would be, as lines of a statement. Names stay out: a key is who one is. */
export const custodyLines = ({ custodians, quorum }: Custody): string[] => [
  `quorum: ${quorum}`,
  ...custodians.map(({ id, side, public_key }: Custodian) => `custodian: ${id} ${side} ${public_key}`).sort(),
];

/** A new request of `action`, its statement ready to be signed. @param validFor seconds */
export function petition(action: Action, tenant: string, validFor: number, context: Context, more: readonly string[] = []) {
  const request = context.newId('request');
  const expiresAt = plusSeconds(context.now, validFor);
  return { request, expires_at: expiresAt, statement: statementOf(action, tenant, { request, nonce: context.newId('nonce'), expiresAt }, more) };
}

/** @returns the signers once this signature counts. @throws Refusal when it does not */
export function signedBy(open: Petition, custody: Custody, { request, custodian: id, signature }: z.infer<typeof Signed>, now: Instant): readonly string[] {
  if (request !== open.request) refuse('request-not-open', { request, open: open.request });
  if (now >= open.expiresAt) refuse('request-expired', { request, expired_at: open.expiresAt });
  const custodian = custody.custodians.find((each) => each.id === id) ?? refuse('custodian-unknown', { custodian: id });
  if (open.signers.includes(id)) refuse('already-signed', { custodian: id });
  if (!verifyEd25519(custodian.public_key, open.statement, signature)) refuse('signature-does-not-verify', { custodian: id, statement: open.statement });
  return [...open.signers, id];
}

/** A request may follow one that has expired; an open one must be signed or run out. @throws Refusal */
export function refuseWhileOpen(open: Petition | undefined, now: Instant): void {
  if (open && now < open.expiresAt) refuse('request-already-open', { request: open.request, statement: open.statement, expires_at: open.expiresAt });
}
