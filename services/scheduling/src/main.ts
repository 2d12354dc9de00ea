import { runService } from '@pioche/service-kit';
import { SchedulingModule } from './scheduling.module.js';

await runService(SchedulingModule);
