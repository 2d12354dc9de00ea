/** The lab: projects and milestones, budgets, seats and people, events. */
import { plusSeconds } from '@pioche/kernel';
import { pluralOf } from '@pioche/service-kit';
import { LAB } from '../../../scenario/tenants.js';
import type { Ask } from '../../history/records.js';
import { between, createdBy, madeBy, one, OPERATIONS, type Doer, type Drawing } from '../deed.js';

const REMEMBERED = 40;
const dayOf = ({ time }: Drawing): string => time.now.slice(0, 10);
const labOf = ({ world }: Drawing): string => world.tenants.find(({ key }) => key === LAB)?.id ?? '';

export class Lab {
  private readonly made = new Map<string, string[]>();
  private readonly milestones: { readonly project: string; readonly milestone: string }[] = [];

  readonly doers: readonly Doer[] = [
    this.begins(2, 'project', (drawing) => ({ programme: drawing.world.programme, name: 'Probe', tenant: labOf(drawing), code: `P${between(drawing.random, 10, 99)}` })),
    this.begins(2, 'budget', (drawing) => ({ tenant: labOf(drawing), funder: 'France 2030', category: one(drawing.random, ['people', 'travel', 'hardware']), amount: 5_000_000, currency: 'EUR' })),
    this.begins(2, 'person', (drawing) => ({ tenant: labOf(drawing), directory: `uid=${drawing.key()}`, joined_on: dayOf(drawing) })),
    this.begins(2, 'position', (drawing) => ({ tenant: labOf(drawing), title: 'Research engineer', kind: 'direct', planned_start: dayOf(drawing) })),
    this.begins(1, 'event_series', (drawing) => ({ tenant: labOf(drawing), name: 'Seminar', rrule: 'FREQ=MONTHLY;BYMONTHDAY=3', starts: dayOf(drawing), place: 'Saclay', budget: 10_000 })),
    { weight: 3, do: (drawing) => ({ ask: this.planMilestone(drawing) }) },
    { weight: 2, do: (drawing) => ({ ask: this.reachMilestone(drawing) }) },
    this.changes(5, 'budget', 'commit', ({ random }) => ({ amount: between(random, 1, 900_000), purpose: 'an order' })),
    this.changes(5, 'budget', 'recordActual', (drawing) => ({ amount: between(drawing.random, 1, 90_000), at: drawing.time.now, cause: `bill ${between(drawing.random, 1, 500)}` })),
    this.changes(3, 'position', 'fill', (drawing) => ({ person: this.some(drawing, 'person'), starts_on: dayOf(drawing) })),
    this.changes(1, 'position', 'vacate', (drawing) => ({ on: dayOf(drawing) })),
    this.changes(1, 'position', 'close', () => ({ reason: 'merged' })),
    this.changes(1, 'person', 'leave', (drawing) => ({ left_on: dayOf(drawing) })),
    this.changes(1, 'event_series', 'replan', ({ random }) => ({ name: 'Seminar', rrule: 'FREQ=MONTHLY;BYMONTHDAY=3', starts: '2026-11-03', place: one(random, ['Saclay', 'Paris', 'Lyon']), budget: 20_000 })),
  ];

  private begins(weight: number, prefix: string, body: (drawing: Drawing) => object): Doer {
    return {
      weight,
      do: (drawing) => {
        const ask = asked(drawing, collectionOf(prefix), undefined, body(drawing));
        const known = this.made.get(prefix) ?? [];
        this.made.set(prefix, [...known, createdBy(ask, prefix)].slice(-REMEMBERED));
        return { ask };
      },
    };
  }

  private changes(weight: number, prefix: string, command: string, body: (drawing: Drawing) => object): Doer {
    return { weight, do: (drawing) => ({ ask: asked(drawing, `${collectionOf(prefix)}/{id}:${command}`, this.some(drawing, prefix), body(drawing)) }) };
  }

  private planMilestone(drawing: Drawing): Ask {
    const project = one(drawing.random, drawing.world.projects);
    const ask = asked(drawing, '/projects/{id}:planMilestone', project, { name: 'Results', due: plusSeconds(drawing.time.now, 30 * 86_400).slice(0, 10) });
    this.milestones.push({ project, milestone: madeBy(ask, 'milestone') });
    return ask;
  }

  private reachMilestone(drawing: Drawing): Ask {
    const { project, milestone } = this.milestones.length === 0 ? { project: drawing.world.projects[0] ?? '', milestone: 'milestone_00000000000000000000000000' } : one(drawing.random, this.milestones);
    return asked(drawing, '/projects/{id}:reachMilestone', project, { milestone, reached_at: drawing.time.now, evidence: 'a report' });
  }

  /** One that was asked for, whether it has come to be or not. */
  private some({ random }: Drawing, prefix: string): string {
    const known = this.made.get(prefix) ?? [];
    return known.length === 0 ? `${prefix}_00000000000000000000000000` : one(random, known);
  }
}

const collectionOf = (prefix: string): string => `/${pluralOf(prefix.replaceAll('_', '-'))}`;

const asked = ({ key }: Drawing, route: string, target: string | undefined, body: object): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'lab', route, ...(target !== undefined && { target }), key: key(), body,
});
