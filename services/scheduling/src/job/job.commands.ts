import { placeJob } from './place.js';
import { checkpointJob, failJob, requeueJob, startJob, succeedJob } from './report.js';
import { cancelJob, fenceJob } from './stop.js';
import { submitJob } from './submit.js';

export const jobCommands = [submitJob, cancelJob, placeJob, startJob, checkpointJob, succeedJob, failJob, requeueJob, fenceJob];

export { cancelJob, checkpointJob, failJob, fenceJob, placeJob, requeueJob, startJob, submitJob, succeedJob };
