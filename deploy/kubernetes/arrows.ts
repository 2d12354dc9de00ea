/** Who may talk to whom, as NetworkPolicies have it: one line per arrow and end. */
import { ofKind, Policy, type KubernetesObject, type Peer, type Selector } from './objects.js';

/** `app.kubernetes.io/name=pioche` is `pioche`: what differs is the value. */
function textOf({ matchLabels, matchExpressions }: Selector): string {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => (value === 'true' ? key.replace(/.*\//, '') : value)),
    ...matchExpressions.map(({ values }) => values.join('|')),
  ];
  return parts.length === 0 ? '*' : parts.join('+');
}

function peerOf({ podSelector, namespaceSelector, ipBlock }: Peer): string {
  if (ipBlock !== undefined) return ipBlock.except.length > 0 ? 'outside' : ipBlock.cidr;
  if (namespaceSelector === undefined) return textOf(podSelector ?? { matchLabels: {}, matchExpressions: [] });
  return `namespace ${textOf(namespaceSelector)}${podSelector === undefined ? '' : ` ${textOf(podSelector)}`}`;
}

type Rules = readonly { readonly peers: readonly Peer[] | undefined; readonly ports: readonly { readonly port: string | number; readonly protocol: string }[] | undefined }[];

const ends = (rules: Rules): string[] =>
  rules.flatMap(({ peers, ports }) => {
    const on = ports === undefined ? 'any port' : [...new Set(ports.map(({ port }) => port))].join(',');
    return (peers === undefined ? ['anybody'] : peers.map(peerOf)).map((peer) => `${peer} ${on}`);
  });

/** Sorted: `pioche -> postgres 5432` lets go out, `postgres <- pioche 5432` lets come in. */
export function arrowsOf(objects: readonly KubernetesObject[]): string[] {
  const arrows = ofKind(objects, 'NetworkPolicy', Policy).flatMap(({ spec }) => {
    const self = textOf(spec.podSelector);
    const out = ends(spec.egress.map(({ to, ports }) => ({ peers: to, ports }))).map((end) => `${self} -> ${end}`);
    return [...out, ...ends(spec.ingress.map(({ from, ports }) => ({ peers: from, ports }))).map((end) => `${self} <- ${end}`)];
  });
  return [...new Set(arrows)].toSorted();
}

/** Whether whoever has no arrow has no connection either. */
export const deniesByDefault = (objects: readonly KubernetesObject[]): boolean =>
  ofKind(objects, 'NetworkPolicy', Policy).some(({ spec }) => textOf(spec.podSelector) === '*' && spec.policyTypes.length === 2 && spec.ingress.length === 0 && spec.egress.length === 0);
