import { events } from '@pioche/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { Key } from './key.js';
import { projection } from './projection.js';
import { Rows } from './rows.js';

const nodeEvents = events('inventory', {
  NodeRacked: { version: 1, meaning: 'It is in its rack.', data: z.object({ rack: z.string() }), example: { rack: 'r1' } },
  NodeRetired: { version: 1, meaning: 'It is gone.', data: z.object({}), example: {} },
});
const jobEvents = events('scheduling', {
  JobSubmitted: { version: 1, meaning: 'It waits.', data: z.object({ gpus: z.int() }), example: { gpus: 8 } },
});

@Entity('node_row')
class NodeRow {
  @PrimaryColumn('text') node!: string;
  @Column('text') rack!: string;
}

const envelope = { id: 'evt_1', context: 'inventory', subject: 'node_1', version: 1, position: 1, time: '', recordedTime: '', schemaVersion: 1, correlationId: '', causationId: '', actor: '' } as const;

describe('a projection', () => {
  it('knows its name, sources and wanted events, and gives an event to its handler', () => {
    const nodes = projection(NodeRow, { version: 3, from: [nodeEvents, jobEvents] }, {
      NodeRacked: (rows, { subject, data }) => rows.put({ node: subject, rack: data.rack }),
      JobSubmitted: (_, { data }) => expect(data.gpus.toFixed()).toBe('8'),
    });
    expect(nodes).toMatchObject({ name: 'node_row', version: 3, sources: ['inventory', 'scheduling'], wants: new Set(['NodeRacked', 'JobSubmitted']) });
    const rows = new Rows<NodeRow>(new Key(['node']));
    nodes.apply([rows], { ...envelope, type: 'NodeRacked', data: { rack: 'r1' } });
    nodes.apply([rows], { ...envelope, type: 'NodeRetired', data: {} });
    expect(rows.wishes).toEqual([expect.objectContaining({ kind: 'put', row: { node: 'node_1', rack: 'r1' } })]);
  });

  it('refuses at compile time what is not in its events or columns', () => {
    projection(NodeRow, { version: 1, from: nodeEvents }, {
      // @ts-expect-error -- a typo in the event's name
      NodeRackd: () => {},
      NodeRacked: (rows, { data }) => {
        // @ts-expect-error -- no such column
        rows.patch({ node: 'a' }, { shelf: 'r1' });
        // @ts-expect-error -- no such field in the event
        rows.patch({ node: 'a' }, { rack: data.shelf });
        // @ts-expect-error -- a whole row is wanted
        rows.put({ node: 'a' });
      },
    });
  });
});
