export { errors as labErrors } from './errors.js';
export { LabModule } from './lab.module.js';
