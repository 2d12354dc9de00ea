import { z } from 'zod';
import { allGroups, eventByType, eventsOf, groupsOf } from './catalogue.js';
import { CONTEXTS } from './define.js';
import { versionFaults } from './versions.js';

const everyEvent = CONTEXTS.flatMap(eventsOf);
const declarations = allGroups().flatMap((group) => Object.entries(group.events).map(([name, declaration]) => ({ name: `${group.context}.${name}`, declaration })));

describe('the catalogue', () => {
  it('finds the aggregates of a context and an event by its published type', () => {
    expect([...groupsOf('scheduling').keys()]).toContain('site-plan');
    expect(eventByType('fr.pioche.inventory.NodeOrdered.v1')).toMatchObject({ context: 'inventory', aggregate: 'node', name: 'NodeOrdered', version: 1, current: true });
    expect(eventByType('fr.pioche.inventory.NodeEaten.v1')).toBeUndefined();
  });

  it('has each published type once, in its own context', () => {
    expect(new Set(everyEvent.map(({ type }) => type)).size).toBe(everyEvent.length);
    for (const context of CONTEXTS) for (const group of groupsOf(context).values()) expect(group.context).toBe(context);
  });

  it.each(everyEvent.filter(({ current }) => current).map((event) => [event.type, event] as const))('%s: its example fits its schema', (_, event) => {
    expect(() => z.fromJSONSchema(event.schema as Parameters<typeof z.fromJSONSchema>[0]).parse(event.example)).not.toThrow();
    expect(event.meaning).toMatch(/\.$/);
  });

  it.each(declarations.map(({ name, declaration }) => [name, declaration] as const))('%s: its versions agree', (_, declaration) => {
    expect(versionFaults(declaration)).toEqual([]);
  });
});
