export { SchedulingModule } from './scheduling.module.js';
export { errors as schedulingErrors } from './errors.js';
