/** Everything that may be asked of a node. */
import { order, putInService, rack, receive, startBurnIn, startCommissioning } from './acquire.js';
import { checkSla } from './check-sla.js';
import { commissionFromManifest } from './commission-from-manifest.js';
import { decommission, openRma, receiveReplacement, retire, shipRma, startRepair } from './repair.js';
import { answerAlert, drain, quarantine, resume } from './service.js';

export const nodeCommands = [
  order, receive, rack, startCommissioning, startBurnIn, putInService,
  drain, resume, quarantine,
  startRepair, openRma, shipRma, receiveReplacement, decommission, retire,
  answerAlert, checkSla, commissionFromManifest,
];
