/**
 * Two releases that follow each other, as changes of this tree. A drain gets another form: `until` instead of `deadline`,
 * and who asked for it. The first release reads both forms and writes the old one (expand); the second writes the new
 * one, shows it in a new version of a read model, and has one more column in a table (migrate).
 */
import type { Change } from '../../../../scripts/mutations/copy.mjs';

const NODE = 'services/inventory/src/node/';
const VIEW = 'services/inventory/src/read-models/node-view/node-view.ts';
const METERING = 'services/billing/src/reactions/';
const version = (from: string, to: string): Change => ({ name: `release ${to}`, file: 'libs/service-kit/src/version.ts', find: `'${from}'`, replace: `'${to}'` });

export const VERSIONS = { before: '0.1.0', expand: '0.1.1', migrate: '0.2.0' } as const;

/** Reads v1 and v2 of NodeDrainStarted, writes v1. */
export const EXPAND: readonly Change[] = [
  version(VERSIONS.before, VERSIONS.expand),
  {
    name: 'NodeDrainStarted v2 is understood',
    file: 'libs/contracts/src/inventory/node.ts',
    find: `    version: 1,
    meaning: 'No new job may be placed on the node; running ones end or are moved by the deadline.',
    data: z.object({ reason, deadline: Instant }),
    example: { reason: 'XID 48 on GPU 3', deadline: later },
`,
    replace: `    version: 2,
    writes: 1,
    meaning: 'No new job may be placed on the node; running ones end or are moved by then.',
    data: z.object({ reason, until: Instant, asked_by: z.enum(['person', 'alert', 'unknown']) }),
    example: { reason: 'XID 48 on GPU 3', until: later, asked_by: 'alert' },
    history: [
      {
        version: 1,
        data: z.object({ reason, deadline: Instant }),
        upcast: ({ reason: why, deadline }: { reason: string; deadline: string }) => ({ reason: why, until: deadline, asked_by: 'unknown' }),
        downcast: ({ reason: why, until }: { reason: string; until: string }) => ({ reason: why, deadline: until }),
        example: { reason: 'XID 48 on GPU 3', deadline: later },
      },
    ],
`,
  },
  { name: 'a person drains', file: `${NODE}service.ts`, find: 'data: { reason, deadline } }', replace: "data: { reason, until: deadline, asked_by: 'person' } }" },
  { name: 'an alert drains', file: `${NODE}service.ts`, find: 'data: { reason, deadline: plusHours(now, DRAIN_HOURS) } }', replace: "data: { reason, until: plusHours(now, DRAIN_HOURS), asked_by: 'alert' } }" },
  { name: 'a node knows until when', file: `${NODE}node.ts`, find: 'return event.data.deadline;', replace: 'return event.data.until;' },
  { name: 'scheduling knows until when', file: 'services/scheduling/src/reactions/replicate-nodes.ts', find: 'deadline: event.data.deadline }', replace: 'deadline: event.data.until }' },
];

/** After `EXPAND`: writes v2, and shows and keeps more. */
export const MIGRATE: readonly Change[] = [
  version(VERSIONS.expand, VERSIONS.migrate),
  { name: 'NodeDrainStarted v2 is written', file: 'libs/contracts/src/inventory/node.ts', find: '    writes: 1,\n', replace: '' },
  { name: 'a new version of the read model', file: VIEW, find: 'projection(NodeRow, { version: 1,', replace: 'projection(NodeRow, { version: 2,' },
  { name: '… with a column', file: VIEW, find: "  @Column('jsonb') state!: KnownNode;\n", replace: "  @Column('jsonb') state!: KnownNode;\n  @Column('text', { nullable: true }) drain_asked_by!: string | null;\n" },
  { name: '… that is filled', file: VIEW, find: '    version: event.version,\n    state,\n', replace: "    version: event.version,\n    state,\n    drain_asked_by: event.type === 'NodeDrainStarted' ? event.data.asked_by : null,\n" },
  {
    name: 'a migration that adds a column',
    file: `${METERING}tables.ts`,
    find: 'export const billingMigrations = [CreateMetering1790000000201];',
    replace: `export class NoteUsages1800000000202 implements MigrationInterface {
  readonly name = 'NoteUsages1800000000202';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE open_usages ADD COLUMN noted_by text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE open_usages DROP COLUMN noted_by');
  }
}

export const billingMigrations = [CreateMetering1790000000201, NoteUsages1800000000202];`,
  },
  { name: '… with a right that the older release has not', file: `${METERING}tables.ts`, find: "open_usages: { service: ['SELECT', 'INSERT', 'DELETE'] }", replace: "open_usages: { service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] }" },
  {
    name: '… that is written',
    file: `${METERING}open-usages.ts`,
    find: "'INSERT INTO open_usages SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING'",
    replace: "`INSERT INTO open_usages SELECT *, 'next' FROM unnest($1::text[], $2::text[]) ON CONFLICT (usage) DO UPDATE SET noted_by = excluded.noted_by`",
  },
];
