import { Module } from '@nestjs/common';
import { context } from '@pioche/service-kit';
import { ObservationController } from './agent-api/observation.controller.js';
import { errors } from './errors.js';
import { figures } from './figures.js';
import { healthCommands } from './health/health.commands.js';
import { health } from './health/health.js';
import { nodeCommands } from './node/node.commands.js';
import { node } from './node/node.js';
import { partCommands } from './part/part.commands.js';
import { part } from './part/part.js';
import { rack, rackCommands } from './rack/rack.js';
import { answerOpenedAlert } from './reactions/answer-alert.js';
import { commissionSuperpod } from './reactions/commission-superpod.js';
import { knowGpus } from './reactions/know-gpus.js';
import { AlertController } from './read-models/alert-view/alert.controller.js';
import { alertView } from './read-models/alert-view/alert-view.js';
import { CapacityController } from './read-models/capacity/capacity.controller.js';
import { nodeStays } from './read-models/node-stays/node-stays.js';
import { NodeController } from './read-models/node-view/node.controller.js';
import { nodeView } from './read-models/node-view/node-view.js';
import { PartController } from './read-models/part-view/part.controller.js';
import { partView } from './read-models/part-view/part-view.js';
import { placeView } from './read-models/place-view/place-view.js';
import { RackController } from './read-models/rack-view/rack.controller.js';
import { rackView } from './read-models/rack-view/rack-view.js';
import { SiteController } from './read-models/site-view/site.controller.js';
import { siteView } from './read-models/site-view/site-view.js';
import { siteCommands } from './site/site.commands.js';
import { site } from './site/site.js';
import { superpodCommands } from './superpod/superpod.commands.js';
import { superpod } from './superpod/superpod.js';
import { checkSlas } from './timers/check-slas.js';

@Module(context({
  name: 'inventory',
  aggregates: [[site, siteCommands], [superpod, superpodCommands], [rack, rackCommands], [node, nodeCommands], [part, partCommands], [health, healthCommands]],
  readModels: [siteView, rackView, nodeView, nodeStays, placeView, partView, alertView],
  reactions: [commissionSuperpod, knowGpus, answerOpenedAlert],
  timers: [checkSlas],
  controllers: [SiteController, RackController, NodeController, PartController, AlertController, CapacityController, ObservationController],
  figures,
  errors,
}))
export class InventoryModule {}
