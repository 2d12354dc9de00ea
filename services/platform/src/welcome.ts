/** What the shared port answers where no context does: a page with the way to each. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONTEXTS } from '@pioche/contracts';

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Pioche</title>
<style>body{font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>Pioche</h1><p>The open control plane of a sovereign European GPU cloud. Each context has its own API:</p>
<ul>${CONTEXTS.map((context) => `<li><a href="/${context}/docs">${context}</a> (<a href="/${context}/openapi.json">OpenAPI</a>, <a href="/${context}/asyncapi.json">AsyncAPI</a>)</li>`).join('')}</ul></html>`;

const notFound = JSON.stringify({ type: 'https://pioche.fr/problems/not-found', title: `No context here: one of ${CONTEXTS.join(', ')}`, status: 404 });

export function welcome(request: IncomingMessage, response: ServerResponse): void {
  const home = request.method === 'GET' && request.url === '/';
  response.writeHead(home ? 200 : 404, { 'content-type': home ? 'text/html; charset=utf-8' : 'application/problem+json' });
  response.end(home ? page : notFound);
}
