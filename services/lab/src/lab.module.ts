import { Module } from '@nestjs/common';
import { context } from '@pioche/service-kit';
import { budgetCommands } from './budget/budget.commands.js';
import { budget } from './budget/budget.js';
import { errors } from './errors.js';
import { eventSeriesCommands } from './event-series/event-series.commands.js';
import { eventSeries } from './event-series/event-series.js';
import { person, personCommands } from './person/person.js';
import { positionCommands } from './position/position.commands.js';
import { position } from './position/position.js';
import { programme, programmeCommands } from './programme/programme.js';
import { projectCommands } from './project/project.commands.js';
import { project } from './project/project.js';
import { linkRunOfSubmittedJob } from './reactions/link-run-of-submitted-job.js';
import { recordInvoiceOnComputeBudgets } from './reactions/record-invoice-on-compute-budgets.js';
import { BudgetsController } from './read-models/budgets/budgets.controller.js';
import { budgets } from './read-models/budgets/budgets.js';
import { BurnController } from './read-models/burn/burn.controller.js';
import { burn } from './read-models/burn/burn.js';
import { invoiced } from './read-models/burn/invoiced.js';
import { EventSeriesController } from './read-models/event-series/event-series.controller.js';
import { eventSeriesView } from './read-models/event-series/event-series.js';
import { HiringController } from './read-models/hiring/hiring.controller.js';
import { people, positions } from './read-models/hiring/hiring.js';
import { ProgrammesController } from './read-models/programmes/programmes.controller.js';
import { programmes } from './read-models/programmes/programmes.js';
import { ProjectsController } from './read-models/projects/projects.controller.js';
import { projects } from './read-models/projects/projects.js';
import { RunsController } from './read-models/runs/runs.controller.js';
import { runs } from './read-models/runs/runs.js';
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
  readModels: [programmes, projects, budgets, positions, people, eventSeriesView, runs, burn, invoiced],
  reactions: [linkRunOfSubmittedJob, recordInvoiceOnComputeBudgets],
  controllers: [ProgrammesController, ProjectsController, BudgetsController, HiringController, EventSeriesController, RunsController, BurnController],
  errors,
}))
export class LabModule {}
