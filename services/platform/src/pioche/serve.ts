import type { ContextName } from '@pioche/contracts';
import { runService } from '@pioche/service-kit';
import { moduleOf } from './modules.js';

/** Runs the service, until it is told to stop. */
export const serve = async (context: ContextName): Promise<void> => runService(await moduleOf(context));
