/** What operators see of the fleet. */
import { AlertClass, NodeStatus } from '@pioche/contracts';
import type { FigureDeclaration } from '@pioche/service-kit';
import { MODELS } from './node/models.js';

const SITE = 'one per site: tens at most';
const STATE = `the status of a node: ${NodeStatus.options.length}`;

const textArray = (values: readonly string[]): string => `ARRAY[${values.map((value) => `'${value}'`).join(', ')}]`;
const gpusOfModel = `CASE node.model ${Object.entries(MODELS).map(([model, { gpus }]) => `WHEN '${model}' THEN ${gpus.count}`).join(' ')} END`;
/** Every site and status has a row, also with nothing in it. */
const bySiteAndState = (value: string): string =>
  `SELECT site.site, asked.state, ${value} AS value FROM site_view site CROSS JOIN unnest(${textArray(NodeStatus.options)}) asked(state)
   LEFT JOIN node_view node ON node.site = site.site AND node.status = asked.state GROUP BY site.site, asked.state`;

export const figures: readonly FigureDeclaration[] = [
  { name: 'pioche_site_info', help: 'Always 1: the name and country of a site, to be joined to what has its id.', labels: { site: SITE, name: SITE, country: SITE }, query: 'SELECT site, name, country, 1 AS value FROM site_view' },
  { name: 'pioche_nodes', help: 'Nodes, by what they are doing.', labels: { site: SITE, state: STATE }, query: bySiteAndState('count(node.node)') },
  { name: 'pioche_gpus', help: 'GPUs, by what their nodes are doing.', labels: { site: SITE, state: STATE }, query: bySiteAndState(`coalesce(sum(${gpusOfModel}), 0)`) },
  { name: 'pioche_nodes_overdue', help: 'Nodes that have been in their status for longer than was agreed.', query: 'SELECT count(*) AS value FROM node_view WHERE breached' },
  {
    name: 'pioche_health_alerts_open',
    help: 'Open health alerts of nodes and GPUs, by what follows from them.',
    labels: { class: `the classes of alerts: ${AlertClass.options.length}` },
    query: `SELECT kind.class, count(alert.alert) AS value FROM unnest(${textArray(AlertClass.options)}) kind(class) LEFT JOIN alert_view alert ON alert.class = kind.class AND alert.open GROUP BY kind.class`,
  },
];
