/** What operators see of who rules: switches, approvals, the audit log. */
import type { FigureDeclaration } from '@pioche/service-kit';

/** Leaves that no signed checkpoint covers; a checkpoint's own leaf does not ask for the next. */
const UNSIGNED = `FROM audit_leaves WHERE index >= (SELECT coalesce(max(size), 0) FROM checkpoint_view) AND type <> 'AuditCheckpointSigned'`;

export const figures: readonly FigureDeclaration[] = [
  {
    name: 'pioche_switches',
    help: 'Tenants, by the state of their switch.',
    labels: { status: 'on, off_requested, off, on_requested' },
    query: `SELECT state.status, count(switch) AS value FROM unnest(ARRAY['on', 'off_requested', 'off', 'on_requested']) state(status) LEFT JOIN switch_view USING (status) GROUP BY state.status`,
  },
  {
    name: 'pioche_switch_off_unfenced_age_seconds',
    help: 'Time since the last signature of a switch-off that not every node has acknowledged; 0 where there is none.',
    query: `SELECT greatest(0, coalesce((SELECT extract(epoch FROM clock.now - min(off_at)) FROM switch_view
      WHERE off_at IS NOT NULL AND nullif(last_completed_off ->> 'off_at', '')::timestamptz IS DISTINCT FROM off_at), 0)) AS value FROM clock`,
  },
  {
    name: 'pioche_approvals_pending',
    help: 'What waits for signatures or approvals.',
    labels: { of: 'switch, policy, custodians' },
    query: `SELECT 'switch' AS of, count(*) AS value FROM switch_view WHERE request IS NOT NULL
      UNION ALL SELECT 'policy', count(*) FROM policy_view WHERE waiting IS NOT NULL
      UNION ALL SELECT 'custodians', count(*) FROM tenant_view WHERE change IS NOT NULL`,
  },
  {
    name: 'pioche_policies',
    help: 'Policies, by how far they are.',
    labels: { status: 'drafted, in_force, in_revision, superseded' },
    query: `SELECT state.status, count(policy) AS value FROM unnest(ARRAY['drafted', 'in_force', 'in_revision', 'superseded']) state(status) LEFT JOIN policy_view USING (status) GROUP BY state.status`,
  },
  { name: 'pioche_audit_leaves', help: 'Size of the audit log: every event of every context is one leaf.', query: 'SELECT size AS value FROM audit_tree' },
  { name: 'pioche_audit_signed_leaves', help: 'Leaves that the last signed checkpoint covers.', query: 'SELECT coalesce(max(size), 0) AS value FROM checkpoint_view' },
  { name: 'pioche_audit_unsigned_leaves', help: 'Leaves that no signed checkpoint covers, other than checkpoints themselves.', query: `SELECT count(*) AS value ${UNSIGNED}` },
  {
    name: 'pioche_audit_unsigned_age_seconds',
    help: 'Age of the oldest of these; 0 where there is none.',
    query: `SELECT greatest(0, coalesce((SELECT extract(epoch FROM clock.now - min(at)) ${UNSIGNED}), 0)) AS value FROM clock`,
  },
];
