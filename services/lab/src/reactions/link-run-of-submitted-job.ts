import { jobEvents } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { reaction } from '@pioche/service-kit';
import { linkRun, runIdOf } from '../run/run.js';

const JobId = idOf('job');

/** A job that was submitted for a project is a run of it. */
export const linkRunOfSubmittedJob = reaction(jobEvents, 'JobSubmitted', async ({ subject, data: { tenant, project } }, { tell }) => {
  if (project !== undefined) await tell(linkRun, runIdOf(subject), { tenant, job: JobId.parse(subject), project });
});
