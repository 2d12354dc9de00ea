import { CountryCode, DataClass } from '@pioche/contracts';
import { commandsOf, idOf, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { custodyOf, CustodyInput, reached } from '../custody/custody.js';
import { custodyLines, petition, refuseWhileOpen, Signed, signedBy, Validity } from '../custody/petition.js';
import { tenant, type Tenant } from './tenant.js';

const { command } = commandsOf(tenant);

const DataClasses = z
  .array(DataClass)
  .min(1)
  .overwrite((classes) => [...new Set(classes)].sort());

const registered = (state: Tenant) => (state.status === 'registered' ? state : refuse('unknown'));
const TenantId = idOf('tenant');

export const register = command({
  name: 'register',
  summary: 'Take in a customer, with the people whose signatures will switch it off and on.',
  may: 'operate-platform',
  creates: true,
  input: CustodyInput.extend({ name: z.string().trim().min(1).max(200), country: CountryCode, data_classes: DataClasses }),
  decide(state, { name, country, data_classes, ...custody }, { id }) {
    if (state.status !== 'unknown') refuse('already-exists', { id });
    return [{ type: 'TenantRegistered', data: { tenant: TenantId.parse(id), name, country, data_classes, ...custodyOf(id, custody) } }];
  },
});

export const changeDataClasses = command({
  name: 'changeDataClasses',
  summary: 'Set the classes of data the tenant may process from now on.',
  may: 'operate-platform',
  input: z.object({ data_classes: DataClasses }),
  decide(state, { data_classes }) {
    if (registered(state).dataClasses.join() === data_classes.join()) return [];
    return [{ type: 'DataClassesChanged', data: { data_classes } }];
  },
});

export const requestCustodianChange = command({
  name: 'requestCustodianChange',
  summary: 'Propose other custodians; the answer has the statement that the present quorum must sign.',
  may: 'request-switch',
  input: CustodyInput.extend({ valid_for_s: Validity }),
  decide(state, { valid_for_s, ...proposed }, context) {
    refuseWhileOpen(registered(state).change, context.now);
    const custody = custodyOf(context.id, proposed);
    return [
      {
        type: 'CustodianChangeRequested',
        data: { ...custody, ...petition('change-custodians', context.id, valid_for_s, context, custodyLines(custody)) },
      },
    ];
  },
});

export const approveCustodianChange = command({
  name: 'approveCustodianChange',
  summary: "Hand in a present custodian's signature of the change; with the quorum's last one it happens.",
  may: 'approve-switch',
  input: Signed,
  decide(state, signed, { now }) {
    const custody = registered(state);
    const change = custody.change ?? refuse('request-not-open', { request: signed.request });
    const signers = signedBy(change, custody, signed, now);
    return [
      { type: 'CustodianChangeApproved', data: signed },
      ...(reached(custody, signers) ? [{ type: 'CustodiansChanged' as const, data: { request: signed.request, ...change.to } }] : []),
    ];
  },
});

export const tenantCommands = [register, changeDataClasses, requestCustodianChange, approveCustodianChange];
