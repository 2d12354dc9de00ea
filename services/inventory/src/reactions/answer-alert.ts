import { healthEvents } from '@pioche/contracts';
import { reaction } from '@pioche/service-kit';
import { answerAlert } from '../node/service.js';

/** A node with an alert takes itself out of work, as the alert's class asks. */
export const answerOpenedAlert = reaction(healthEvents, 'HealthAlertOpened', async ({ data }, { tell }) => {
  const { node, gpu, named, code, detail } = data;
  const about = gpu ?? named;
  await tell(answerAlert, node, { class: data.class, reason: `${code}${about === undefined ? '' : ` on ${about}`}: ${detail}` });
});
