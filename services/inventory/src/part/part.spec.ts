import { given } from '@pioche/testing';
import { install, leave, place, register, registerInstalled, remove } from './part.commands.js';
import { gpuId, partId } from './part-id.js';
import { part, type PartEvent } from './part.js';

const label = { kind: 'gpu', model: 'NVIDIA H100 80GB HBM3', serial: '1650124014249' } as const;
const bay = { host: 'node_01h2xcejqtf2nbrexx3vqjhp45', slot: 'GPU_SXM_1' } as const;
const port = { host: 'part_01h2xcejqtf2nbrexx3vqjhp47', slot: '1' } as const;
const registered: PartEvent = { type: 'PartRegistered', data: label };
const installed: PartEvent = { type: 'PartInstalled', data: bay };
const cable: PartEvent = { type: 'PartRegistered', data: { kind: 'cable', model: 'NDR', serial: 'C1' } };

describe('a part', () => {
  it('has an id that follows from its serial, which a GPU shares', () => {
    expect(register.identify?.(label)).toBe(partId('gpu', label.serial));
    expect(gpuId(label.serial).slice(-26)).toBe(partId('gpu', label.serial).slice(-26));
    given(part).when(register, label).then(registered);
  });

  it('is installed once it is registered', () => given(part, [registered]).when(install, bay).then(installed));

  it('cannot be in two places', () =>
    given(part, [registered, installed]).when(install, { ...bay, slot: 'GPU_SXM_2' }).refuses('part-already-installed', { at: bay }));

  it('can go elsewhere after it was taken out', () => {
    const removed: PartEvent = { type: 'PartRemoved', data: { ...bay, reason: 'remap' } };
    given(part, [registered, installed]).when(remove, { reason: 'remap' }).then(removed);
    given(part, [registered, installed, removed]).when(install, port).then({ type: 'PartInstalled', data: port });
  });

  it('is not taken out of nowhere', () => given(part, [registered]).when(remove, { reason: 'x' }).refuses('part-not-installed'));

  it('comes in place with a delivery, in one go', () =>
    given(part).when(registerInstalled, { ...label, ...bay }).then(registered, installed));

  it('leaves a host only when it is in it', () => {
    given(part, [registered, installed]).when(leave, { host: bay.host, reason: 'x' }).then({ type: 'PartRemoved', data: { ...bay, reason: 'x' } });
    given(part, [registered, installed]).when(leave, { host: port.host, reason: 'x' }).then();
    given(part, [registered]).when(leave, { host: bay.host, reason: 'x' }).then();
  });

  it('is where it was found, whatever was noted before', () => {
    const found = { ...label, ...bay };
    given(part).when(place, found).then(registered, installed);
    given(part, [registered]).when(place, found).then(installed);
    given(part, [registered, installed]).when(place, found).then();
    given(part, [registered, installed]).when(place, { ...found, slot: 'GPU_SXM_2' })
      .thenMatching({ type: 'PartRemoved', data: bay }, { type: 'PartInstalled', data: { slot: 'GPU_SXM_2' } });
  });
});

describe('a cable', () => {
  it('has both its ends', () => {
    given(part, [cable]).when(install, { ...bay, far_end: port }).then({ type: 'PartInstalled', data: { ...bay, far_end: port } });
    given(part, [cable]).when(install, bay).refuses('cable-has-two-ends');
    given(part, [registered]).when(install, { ...bay, far_end: port }).refuses('cable-has-two-ends');
  });

  it('does not end where it begins', () => given(part, [cable]).when(install, { ...port, far_end: port }).refuses('cable-ends-meet'));
});
