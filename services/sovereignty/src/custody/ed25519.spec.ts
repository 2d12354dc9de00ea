import { isForgeable, rawPublicKey, verifyEd25519 } from './ed25519.js';
import { person } from '../../test/custodian.js';

const ada = person('ada');

describe('Ed25519', () => {
  it('verifies the second test of RFC 8032, 7.1', () => {
    const key = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex').toString('base64');
    const signature = Buffer.from(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      'hex',
    ).toString('base64');
    expect(verifyEd25519(key, 'r', signature)).toBe(true);
    expect(verifyEd25519(key, 's', signature)).toBe(false);
  });

  it('writes the same raw key from either half', () => expect(rawPublicKey(ada.privateKey)).toBe(ada.proposed.public_key));

  it('says no, and does not throw, to what is no key or no signature', () => {
    expect(verifyEd25519('', 'text', '')).toBe(false);
    expect(verifyEd25519(ada.proposed.public_key, 'text', 'AAAA')).toBe(false);
  });

  it('knows a key under which anyone can sign, whatever its sign bit', () => {
    const identity = Buffer.alloc(32).fill(1, 0, 1);
    expect(isForgeable(identity.toString('base64'))).toBe(true);
    identity[31] = 0x80;
    expect(isForgeable(identity.toString('base64'))).toBe(true);
    expect(isForgeable(ada.proposed.public_key)).toBe(false);
  });
});
