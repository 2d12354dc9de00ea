import { Module } from '@nestjs/common';
import { context } from '@pioche/service-kit';
import { AgentController } from './agent-api/agent.controller.js';
import { Reports } from './agent-api/reports.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { CreateDispatch1790000000401, PictureSnapshots } from './dispatch/snapshots.js';
import { errors } from './errors.js';
import { figures } from './figures.js';
import { fenceCommands } from './fence/fence.commands.js';
import { fence } from './fence/fence.js';
import { jobCommands } from './job/job.commands.js';
import { job } from './job/job.js';
import { queueCommands } from './queue/queue.commands.js';
import { queue } from './queue/queue.js';
import { PendingController } from './queries/pending/pending.controller.js';
import { quotaCommands } from './quota/quota.commands.js';
import { quota } from './quota/quota.js';
import { obeySwitches } from './reactions/obey-switches.js';
import { replicateNodes } from './reactions/replicate-nodes.js';
import { replicatePolicies } from './reactions/replicate-policies.js';
import { replicateTenants } from './reactions/replicate-tenants.js';
import { AllocationController } from './read-models/allocation-view/allocation.controller.js';
import { allocationView } from './read-models/allocation-view/allocation-view.js';
import { TotalsController } from './read-models/allocation-view/totals.controller.js';
import { JobController } from './read-models/job-view/job.controller.js';
import { jobView } from './read-models/job-view/job-view.js';
import { QueueController } from './read-models/queue-view/queue.controller.js';
import { queueView } from './read-models/queue-view/queue-view.js';
import { QuotaController } from './read-models/quota-view/quota.controller.js';
import { quotaView } from './read-models/quota-view/quota-view.js';
import { SitePlanController } from './read-models/site-plan-view/site-plan.controller.js';
import { sitePlanView } from './read-models/site-plan-view/site-plan-view.js';
import { sitePlanCommands } from './site-plan/site-plan.commands.js';
import { sitePlan } from './site-plan/site-plan.js';
import { WhatIfController } from './queries/what-if/what-if.controller.js';

@Module(context({
  name: 'scheduling',
  aggregates: [[quota, quotaCommands], [queue, queueCommands], [job, jobCommands], [sitePlan, sitePlanCommands], [fence, fenceCommands]],
  readModels: [jobView, allocationView, queueView, quotaView, sitePlanView],
  reactions: [replicateNodes, replicatePolicies, replicateTenants, obeySwitches],
  controllers: [JobController, AllocationController, QueueController, QuotaController, SitePlanController, TotalsController, AgentController, PendingController, WhatIfController],
  providers: [Dispatcher, PictureSnapshots, Reports],
  migrations: [CreateDispatch1790000000401],
  tables: { dispatch_snapshots: { service: ['SELECT', 'INSERT', 'UPDATE'] } },
  permissions: { 'read-totals': ['operator', 'auditor'] },
  figures,
  errors,
}))
export class SchedulingModule {}
