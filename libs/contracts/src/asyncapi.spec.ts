import { Parser } from '@asyncapi/parser';
import { z } from 'zod';
import { asyncApi } from './asyncapi.js';
import { eventsOf } from './catalogue.js';
import { CONTEXTS } from './define.js';

/** A diagnostic's severity, as Spectral counts them: an error is 0. */
const ERRORS: readonly number[] = [0];

describe.each(CONTEXTS)('AsyncAPI of %s', (context) => {
  it('is a valid document with every event', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApi(context)));
    expect(diagnostics.filter(({ severity }) => ERRORS.includes(severity))).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(document?.messages().all().map((message) => message.name())).toEqual(eventsOf(context).map(({ type }) => type));
    expect(document?.channels().get(context)?.address()).toBe(`pioche.${context}`);
  });

  it('has examples that fit the envelope', () => {
    const { components } = asyncApi(context) as { components: { schemas: { Envelope: Parameters<typeof z.fromJSONSchema>[0] }; messages: Record<string, { examples?: { payload: unknown }[] }> } };
    const envelope = z.fromJSONSchema(components.schemas.Envelope);
    for (const { examples = [] } of Object.values(components.messages)) for (const { payload } of examples) expect(() => envelope.parse(payload)).not.toThrow();
  });
});
