import { runService } from '@pioche/service-kit';
import { LabModule } from './lab.module.js';

await runService(LabModule);
