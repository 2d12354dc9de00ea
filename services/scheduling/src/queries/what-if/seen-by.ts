/** A tenant sees of others that they are there, not who they are. */
import type { Picture } from '../../dispatch/picture.js';
import type { Reason } from '../../engine/index.js';

const JOB = /\bjob_[0-9a-z]{26}\b/g;
const TENANT = /^tenant_[0-9a-z]{26}$/;

/** @param tenant undefined: somebody of the platform, who sees all */
export function seenBy(tenant: string | undefined, picture: Picture) {
  const ownsJob = (id: string): boolean => {
    const state = picture.jobs.get(id)?.state;
    return state !== undefined && state.status !== 'unknown' && state.asked.tenant === tenant;
  };
  const masked = (value: unknown): unknown => {
    if (typeof value === 'string') return (TENANT.test(value) && value !== tenant) || (new RegExp(`^${JOB.source}$`).test(value) && !ownsJob(value)) ? null : value;
    if (Array.isArray(value)) return value.map(masked);
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each)]));
    return value;
  };
  return {
    isOwn: (of: string): boolean => tenant === undefined || of === tenant,
    ownsJob: (id: string): boolean => tenant === undefined || ownsJob(id),
    reasons: (reasons: readonly Reason[]) =>
      reasons.map(({ code, text, details }) => ({
        code,
        text: tenant === undefined ? text : text.replaceAll(JOB, (id) => (ownsJob(id) ? id : 'another job')),
        details: Object.fromEntries(Object.entries(details).map(([key, value]) => [key, tenant === undefined ? value : masked(value)])),
      })),
  };
}
