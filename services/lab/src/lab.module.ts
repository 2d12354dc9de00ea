import { Module } from '@nestjs/common';
import { context } from '@pioche/service-kit';
import { budgetCommands } from './budget/budget.commands.js';
import { budget } from './budget/budget.js';
import { errors } from './errors.js';
import { figures } from './figures.js';
import { eventSeriesCommands } from './event-series/event-series.commands.js';
import { eventSeries } from './event-series/event-series.js';
import { person, personCommands } from './person/person.js';
import { positionCommands } from './position/position.commands.js';
import { position } from './position/position.js';
import { programme, programmeCommands } from './programme/programme.js';
import { projectCommands } from './project/project.commands.js';
import { project } from './project/project.js';
import { linkRunOfSubmittedJob } from './reactions/link-run-of-submitted-job.js';
import { RecordInvoiceOnComputeBudgets } from './reactions/record-invoice-on-compute-budgets.js';
import { BudgetController } from './read-models/budget-view/budget.controller.js';
import { budgetView } from './read-models/budget-view/budget-view.js';
import { BurnController } from './read-models/burn/burn.controller.js';
import { burn } from './read-models/burn/burn.js';
import { invoiced } from './read-models/burn/invoiced.js';
import { EventSeriesController } from './read-models/event-series-view/event-series.controller.js';
import { eventSeriesView } from './read-models/event-series-view/event-series-view.js';
import { PersonController } from './read-models/person-view/person.controller.js';
import { personView } from './read-models/person-view/person-view.js';
import { PositionController } from './read-models/position-view/position.controller.js';
import { positionView } from './read-models/position-view/position-view.js';
import { ProgrammeController } from './read-models/programme-view/programme.controller.js';
import { programmeView } from './read-models/programme-view/programme-view.js';
import { ProjectController } from './read-models/project-view/project.controller.js';
import { projectView } from './read-models/project-view/project-view.js';
import { RunController } from './read-models/run-view/run.controller.js';
import { runView } from './read-models/run-view/run-view.js';
import { run, runCommands } from './run/run.js';

@Module(context({
  name: 'lab',
  aggregates: [
    [programme, programmeCommands],
    [project, projectCommands],
    [budget, budgetCommands],
    [position, positionCommands],
    [person, personCommands],
    [eventSeries, eventSeriesCommands],
    [run, runCommands],
  ],
  readModels: [programmeView, projectView, budgetView, positionView, personView, eventSeriesView, runView, burn, invoiced],
  reactions: [linkRunOfSubmittedJob],
  handlers: [RecordInvoiceOnComputeBudgets],
  controllers: [ProgrammeController, ProjectController, BudgetController, PositionController, PersonController, EventSeriesController, RunController, BurnController],
  figures,
  errors,
}))
export class LabModule {}
