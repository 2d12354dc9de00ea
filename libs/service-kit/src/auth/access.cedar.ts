/**
 * Who may do what over HTTP. Cedar denies what no policy permits.
 * Principal: the caller, in its roles. Action: the permission that a command or query names in `may`.
 * Resource: what it is done to, with its tenant if it belongs to one.
 */
export const ACCESS_POLICIES = `
@id("operators-run-the-platform")
permit (principal in Role::"operator", action in [
  Action::"operate-inventory", Action::"operate-nodes", Action::"read-inventory",
  Action::"read-jobs", Action::"cancel-jobs", Action::"operate-scheduling",
  Action::"read-billing", Action::"operate-billing",
  Action::"read-policies", Action::"author-policies", Action::"approve-policies",
  Action::"request-switch", Action::"read-audit",
  Action::"read-lab", Action::"manage-lab", Action::"operate-platform"
], resource);

@id("tenant-admins-run-their-tenant")
permit (principal in Role::"tenant_admin", action in [
  Action::"submit-jobs", Action::"read-jobs", Action::"cancel-jobs", Action::"read-billing",
  Action::"read-policies", Action::"request-switch", Action::"read-audit",
  Action::"read-lab", Action::"manage-lab"
], resource) when { principal has tenant };

@id("tenant-members-use-it")
permit (principal in Role::"tenant_member", action in [
  Action::"submit-jobs", Action::"read-jobs", Action::"cancel-jobs", Action::"read-policies", Action::"read-lab"
], resource) when { principal has tenant };

@id("auditors-read-everything-they-audit")
permit (principal in Role::"auditor", action in [
  Action::"read-inventory", Action::"read-jobs", Action::"read-billing",
  Action::"read-policies", Action::"read-audit", Action::"read-lab"
], resource);

@id("custodians-hold-the-switch")
permit (principal in Role::"key_custodian", action in [
  Action::"request-switch", Action::"approve-switch", Action::"read-policies", Action::"read-audit"
], resource) when { principal has tenant };

@id("nodes-report")
permit (principal in Role::"node", action in [Action::"run-agent"], resource);

@id("a-tenant-sees-only-its-own")
forbid (principal, action, resource)
when { principal has tenant && resource has tenant && principal.tenant != resource.tenant };
`;
