/** Words that several aggregates of the inventory share. */
import { idOf } from '@pioche/kernel';
import { z } from 'zod';

export const SiteId = idOf('site');
export const HallId = idOf('hall');
export const SuperpodId = idOf('superpod');
export const RackId = idOf('rack');
export const NodeId = idOf('node');
export const PartId = idOf('part');
/** A GPU, the thing itself: another one in the same slot has another id. Its part's id has the same 26 letters. */
export const GpuId = idOf('gpu');
export const AlertId = idOf('alert');

/** ISO 3166-1 alpha-2, upper case. */
export const CountryOfSite = z.string().regex(/^[A-Z]{2}$/).meta({ description: 'ISO 3166-1 alpha-2 country code.', examples: ['FR'] });

/** What residency rules ask about a place. They are copied along, so that a placement is decided without asking. */
export const siteFacts = {
  /** Where the machines stand. */
  country: CountryOfSite,
  /** Whose law its operator is under. */
  jurisdiction: CountryOfSite,
  /** Certifications in force, for instance `SecNumCloud`. */
  certifications: z.array(z.string().min(1)),
};
export const SiteFacts = z.object(siteFacts);
export type SiteFacts = z.infer<typeof SiteFacts>;

/** The machines that the inventory knows the make of. */
export const NodeModel = z.enum(['DGX H100']);
export type NodeModel = z.infer<typeof NodeModel>;

/** A rack unit, counted from 1 at the floor. */
export const RackUnit = z.int().min(1).meta({ description: 'Lowest rack unit it fills, counted from 1 at the floor.' });

/** Ids of the examples. */
export const EXAMPLE = {
  site: 'site_01h2xcejqtf2nbrexx3vqjhp41',
  hall: 'hall_01h2xcejqtf2nbrexx3vqjhp42',
  superpod: 'superpod_01h2xcejqtf2nbrexx3vqjhp43',
  rack: 'rack_01h2xcejqtf2nbrexx3vqjhp44',
  node: 'node_01h2xcejqtf2nbrexx3vqjhp45',
  gpu: 'gpu_01h2xcejqtf2nbrexx3vqjhp46',
  leaf: 'part_01h2xcejqtf2nbrexx3vqjhp47',
  alert: 'alert_01h2xcejqtf2nbrexx3vqjhp48',
} as const;
