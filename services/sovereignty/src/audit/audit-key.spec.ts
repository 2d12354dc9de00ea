import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rawPublicKey } from '../custody/ed25519.js';
import { auditKeyOf } from './audit-key.js';
import { parseVerifierKey } from './note.js';

const secret = { identity: { kind: 'secret', secret: 'a secret of thirty-two characters' } } as const;
const oidc = { identity: { kind: 'oidc', issuer: 'https://id.example', audience: 'pioche', jwksUrl: 'https://id.example/keys' } } as const;

describe("the log's key", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'audit-key-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read from its file, and named', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const file = join(folder, 'audit.pem');
    writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const key = auditKeyOf(oidc, { AUDIT_KEY_FILE: file, AUDIT_ORIGIN: 'cloud.example/audit' });
    expect(parseVerifierKey(key.verifierKey)).toEqual({ name: 'cloud.example/audit', publicKey: rawPublicKey(privateKey) });
  });

  it('follows from the secret of the built-in issuer, and is not the key of its tokens', () => {
    expect(auditKeyOf(secret, {}).verifierKey).toBe(auditKeyOf(secret, {}).verifierKey);
    expect(auditKeyOf({ identity: { ...secret.identity, secret: 'another secret of 32 characters!' } }, {}).verifierKey).not.toBe(auditKeyOf(secret, {}).verifierKey);
  });

  it('is asked for where an identity provider issues the tokens, and must be Ed25519', () => {
    expect(() => auditKeyOf(oidc, {})).toThrow('AUDIT_KEY_FILE');
    const file = join(folder, 'rsa.pem');
    writeFileSync(file, generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'pem', type: 'pkcs8' }));
    expect(() => auditKeyOf(oidc, { AUDIT_KEY_FILE: file })).toThrow('Ed25519');
  });
});
