// `node deploy/grafana/generate.mjs`: writes the dashboards as Grafana reads them.
// @ts-check
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dashboards } from './dashboards.mjs';

const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };
/** Of Grafana's grid, which is 24 wide. */
const WIDTH = 8;
const HEIGHT = 8;

/** @param {import('./dashboards.d.mts').Panel} panel @param {number} id @param {{ x: number, y: number }} place */
const panelOf = ({ title, unit = 'short', queries, kind = 'timeseries', stacked = false, note }, id, place) => ({
  id,
  type: kind,
  title,
  ...(note === undefined ? {} : { description: note }),
  datasource: DATASOURCE,
  gridPos: { ...place, w: WIDTH, h: HEIGHT },
  fieldConfig: { defaults: { unit, min: 0, ...(kind === 'timeseries' ? { custom: { fillOpacity: stacked ? 30 : 0, stacking: { mode: stacked ? 'normal' : 'none' } } } : {}) }, overrides: [] },
  targets: Object.entries(queries).map(([legendFormat, expr], at) => ({ refId: String.fromCharCode(65 + at), datasource: DATASOURCE, expr, legendFormat, ...(kind === 'timeseries' ? {} : { instant: true }) })),
});

/** @param {import('./dashboards.d.mts').Dashboard} dashboard */
function dashboardOf({ uid, title, rows }) {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap((row) => {
    const head = { id: ++id, type: 'row', title: row.title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] };
    const own = row.panels.map((panel, at) => panelOf(panel, ++id, { x: (at * WIDTH) % 24, y: y + 1 + Math.floor((at * WIDTH) / 24) * HEIGHT }));
    y += 1 + Math.ceil((row.panels.length * WIDTH) / 24) * HEIGHT;
    return [head, ...own];
  });
  return { uid, title, tags: ['pioche'], timezone: 'utc', schemaVersion: 41, refresh: '15s', time: { from: 'now-1h', to: 'now' }, editable: false, panels };
}

/** File → its text. */
export const files = new Map(dashboards.map((dashboard) => [`dashboards/${dashboard.uid.replace('pioche-', '')}.json`, `${JSON.stringify(dashboardOf(dashboard), null, 2)}\n`]));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of files) writeFileSync(new URL(file, import.meta.url), text);
}
