/** The API for programs (`/openapi.json`) and for people (`/docs`): one page, nothing loaded from elsewhere. */
import { openApiOf, type OpenApiInfo } from '../openapi.js';
import { publicRoute } from './public-route.js';
import type { Route } from './route.js';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2rem}code{font-size:.9em}li{margin:.4rem 0}.who{opacity:.7}`;

function pageOf({ name, version }: OpenApiInfo, routes: readonly Route[]): string {
  const line = ({ method, path, access, summary }: Route): string =>
    `<li><code>${method} ${escape(path)}</code> <span class="who">${'permission' in access ? escape(access.permission) : 'public'}</span><br>${escape(summary)}</li>`;
  const groups = [...Map.groupBy(routes, ({ tag }) => tag)].map(([tag, at]) => `<h2>${escape(tag)}</h2><ul>${at.map(line).join('')}</ul>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pioche ${escape(name)}</title>
<style>${STYLE}</style><h1>Pioche ${escape(name)}</h1><p>Version ${escape(version)}. For programs: <a href="openapi.json">OpenAPI 3.1</a>.</p>${groups.join('')}</html>`;
}

/** @param routes every route of the service; asked for when it is first needed, so it can contain these */
export function docsRoutes(info: OpenApiInfo, routes: () => readonly Route[]): Route[] {
  let document: string | undefined;
  const html = (_: unknown, reply: Parameters<Route['handle']>[1]) => reply.header('content-type', 'text/html; charset=utf-8').send(pageOf(info, routes()));
  return [
    publicRoute('/', 'home', 'This API, for people.', html),
    publicRoute('/docs', 'docs', 'This API, for people.', html),
    publicRoute('/openapi.json', 'openapi', 'This API, for programs: OpenAPI 3.1.', (_request, reply) => {
      document ??= JSON.stringify(openApiOf(info, routes()));
      return reply.header('content-type', 'application/json; charset=utf-8').send(document);
    }),
  ];
}
