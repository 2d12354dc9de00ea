export { SchedulingModule } from './scheduling.module.js';
export { errors as schedulingErrors } from './errors.js';
export { reportCommandId, type Report } from './agent-api/report.js';
