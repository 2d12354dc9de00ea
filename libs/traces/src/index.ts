export * from './csv.js';
export * from './philly.js';
export * from './pioche.js';
export * from './sacct.js';
export * from './swf.js';
export * from './trace-job.js';
export * from './window.js';
