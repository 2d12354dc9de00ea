import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';

/** The text of a policy set as people read, approve and execute it. */
const CedarText = z.string().meta({ description: 'Cedar policies; each carries an @id annotation.' });
const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'SHA-256 of the text in UTF-8, hexadecimal: which text was approved.' });
const PolicyVersion = z.int().positive().meta({ description: 'Counts the adopted texts of this policy, from 1.' });

/** One Cedar policy of the text. */
export const PolicyRule = z.object({
  id: z.string().meta({ description: 'Its @id.' }),
  effect: z.enum(['permit', 'forbid']),
  annotation: z.string().meta({ description: 'Its @reason, for the people whom it concerns; empty when it has none.' }),
});
export type PolicyRule = z.infer<typeof PolicyRule>;

const example = {
  title: 'Health data stays in France',
  text: '@id("health-in-france")\n@reason("Health data stays in France.")\nforbid (principal, action, resource);\n',
  digest: '6f1f2bb4f2b2a1a1c6a0a4b6f2a0b7b3c2b6c8f0d2a4e6f8a0b2c4d6e8f0a1b2',
};
const rules: PolicyRule[] = [{ id: 'health-in-france', effect: 'forbid', annotation: 'Health data stays in France.' }];

export const policyEvents = events('sovereignty', {
  PolicyDrafted: {
    version: 1,
    meaning: 'A text is proposed (a first one, or the next of a policy in force). It acts once a quorum has approved it.',
    data: z.object({
      title: z.string(),
      text: CedarText,
      digest: Digest,
      rules: z.array(PolicyRule),
      author: z.string(),
      quorum: z.int().positive().meta({ description: "Approvals needed, the author's not counted." }),
      supersedes: z.array(idOf('policy')).meta({ description: 'Policies that end when this text is adopted.' }),
    }),
    example: { ...example, rules, author: 'user:ada', quorum: 2, supersedes: [] },
  },
  PolicyApproved: {
    version: 1,
    meaning: 'Someone other than the author has approved exactly this text.',
    data: z.object({ by: z.string(), digest: Digest }),
    example: { by: 'user:grace', digest: example.digest },
  },
  PolicyAdopted: {
    version: 1,
    meaning: 'The quorum is there: from now on this text decides, in place of the former text of the same policy.',
    data: z.object({
      policy_version: PolicyVersion,
      text: CedarText,
      digest: Digest,
      rules: z.array(PolicyRule),
      supersedes: z.array(idOf('policy')),
    }),
    example: { policy_version: 1, text: example.text, digest: example.digest, rules, supersedes: [] },
  },
  PolicySuperseded: {
    version: 1,
    meaning: 'Another policy, approved by a quorum, has taken its place: this one decides nothing any more.',
    data: z.object({
      by: idOf('policy'),
      policy_version: z.int().nonnegative().meta({ description: 'The version that was in force; 0 when none ever was.' }),
    }),
    example: { by: 'policy_01h2xcejqtf2nbrexx3vqjhp42', policy_version: 3 },
  },
});
export type PolicyEvent = FactOf<typeof policyEvents>;
