import { Module } from '@nestjs/common';
import { context } from '@pioche/service-kit';
import { auditLogCommands } from './audit-log/audit-log.commands.js';
import { auditLog } from './audit-log/audit-log.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditHandler } from './audit/audit-handler.js';
import { auditKeyProvider } from './audit/audit-key.js';
import { Checkpoints } from './audit/checkpoints.js';
import { auditRights, CreateAuditTree1790000000301 } from './audit/migration.js';
import { ProofController } from './audit/proof.controller.js';
import { TileController } from './audit/tile.controller.js';
import { auditTreeProvider } from './audit/tree-store.js';
import { errors } from './errors.js';
import { figures } from './figures.js';
import { policyCommands } from './policy/policy.commands.js';
import { policy } from './policy/policy.js';
import { EstablishBasePolicy } from './reactions/establish-base-policy.js';
import { armSwitchOfTenant } from './reactions/arm-switch-of-tenant.js';
import { completeSwitchOff } from './reactions/complete-switch-off.js';
import { supersedeFormerPolicies } from './reactions/supersede-former-policies.js';
import { checkpointView } from './read-models/checkpoint-view/checkpoint-view.js';
import { PolicyController } from './read-models/policy-view/policy.controller.js';
import { policyView } from './read-models/policy-view/policy-view.js';
import { SwitchController } from './read-models/switch-view/switch.controller.js';
import { switchView } from './read-models/switch-view/switch-view.js';
import { TenantController } from './read-models/tenant-view/tenant.controller.js';
import { tenantView } from './read-models/tenant-view/tenant-view.js';
import { switchCommands } from './switch/switch.commands.js';
import { tenantSwitch } from './switch/switch.js';
import { tenantCommands } from './tenant/tenant.commands.js';
import { tenant } from './tenant/tenant.js';
import { SignCheckpoint } from './timers/sign-checkpoint.js';

@Module(context({
  name: 'sovereignty',
  aggregates: [[tenant, tenantCommands], [policy, policyCommands], [tenantSwitch, switchCommands], [auditLog, auditLogCommands]],
  readModels: [tenantView, policyView, switchView, checkpointView],
  reactions: [armSwitchOfTenant, supersedeFormerPolicies, completeSwitchOff],
  timers: [SignCheckpoint],
  handlers: [AuditHandler],
  controllers: [TenantController, PolicyController, SwitchController, AuditController, ProofController, TileController],
  providers: [EstablishBasePolicy, Checkpoints, auditKeyProvider, auditTreeProvider],
  migrations: [CreateAuditTree1790000000301],
  tables: auditRights,
  permissions: { 'verify-audit': ['operator', 'auditor'] },
  figures,
  errors,
}))
export class SovereigntyModule {}
