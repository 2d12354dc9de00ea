import { z } from 'zod';
import { events, type FactOf } from '../define.js';

/** A SHA-256 in standard Base64, as checkpoints and proofs write it. */
export const Sha256Base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/)
  .meta({ description: 'SHA-256: 32 bytes, Base64.' });

export const auditLogEvents = events('sovereignty', {
  AuditCheckpointSigned: {
    version: 1,
    meaning: 'The log has committed itself to its first `size` leaves: whoever keeps the note can prove any later change of them.',
    data: z.object({
      size: z.int().nonnegative().meta({ description: 'Leaves of the tree.' }),
      root: Sha256Base64,
      note: z.string().meta({ description: 'Signed checkpoint, C2SP tlog-checkpoint.' }),
    }),
    example: {
      size: 20852163,
      root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
      note: 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
    },
  },
});
export type AuditLogEvent = FactOf<typeof auditLogEvents>;
