import { runService } from '@pioche/service-kit';
import { SovereigntyModule } from './sovereignty.module.js';

await runService(SovereigntyModule);
