import { orderPreemption, placeJob, repairJob } from './place.js';
import { checkpointJob, failJob, preemptJob, requeueJob, startJob, succeedJob } from './report.js';
import { cancelJob, fenceJob } from './stop.js';
import { submitJob } from './submit.js';

export const jobCommands = [submitJob, cancelJob, placeJob, repairJob, orderPreemption, startJob, checkpointJob, succeedJob, failJob, preemptJob, requeueJob, fenceJob];

export { cancelJob, checkpointJob, failJob, fenceJob, orderPreemption, placeJob, preemptJob, repairJob, requeueJob, startJob, submitJob, succeedJob };
