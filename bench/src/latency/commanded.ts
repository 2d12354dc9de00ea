/** A process that takes commands over HTTP and publishes to Kafka. Arguments: database, topic prefix. */
import { serveAsProcess } from '../service-process.js';
import { GaugeModule } from './gauge.js';

await serveAsProcess(GaugeModule, 'error');
