import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerControlRequest } from '../control/routes.ts';
import type { World } from '../world.ts';
import { type Answer, gateway } from './answer.ts';
import { answerApiRequest } from './api-pipeline.ts';
import { deliver, renderBody } from './deliver.ts';

const maxBodyBytes = 8 * 1024 * 1024;

/** Three worlds on one port: the marketplace under /api-3, the control API under /__sandbox, 404 for all else. */
export function createSimulatorServer(world: World, onAccountsChanged: () => void): Server {
  return createServer((request, response) => {
    serve(world, onAccountsChanged, request, response).catch((error: unknown) => {
      // A client that hangs up while it sends is none of our business; a bug must be seen.
      if (!request.destroyed || request.complete) console.error(error);
      response.destroy();
    });
  });
}

async function serve(
  world: World,
  onAccountsChanged: () => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAtMs = performance.now();
  const url = requestUrl(request);
  const text = await readBody(request);
  if (!url || text === null) {
    deliverJson(response, url ? 413 : 400, { message: url ? 'Request size limit exceeded' : 'Bad Request' });
    return;
  }
  if (url.pathname === '/__sandbox' || url.pathname.startsWith('/__sandbox/')) {
    const { status, body } = answerControlRequest(
      world,
      request.method ?? 'GET',
      url,
      text,
      onAccountsChanged,
    );
    deliverJson(response, status, body);
    return;
  }
  if (!url.pathname.startsWith('/api-3/')) {
    const answer = gateway.noRoute();
    deliver(response, answer, renderBody(answer));
    return;
  }
  const { answer, faults, warnings, username } = answerApiRequest(world, request, url, text);
  const body = renderBody(answer);
  deliver(response, answer, body);
  world.log.add({
    at: new Date(world.clock.nowMs()).toISOString(),
    method: request.method ?? 'GET',
    path: url.pathname + url.search,
    account: username,
    request: text,
    status: answered(answer) ? answer.status : null,
    response: body,
    faults: faults.map((fault) => fault.id),
    warnings,
    durationMs: Math.round((performance.now() - startedAtMs) * 1000) / 1000,
  });
}

function answered({ delivery }: Answer): boolean {
  return delivery.kind !== 'silent' && !(delivery.kind === 'reset' && delivery.at === 'headers');
}

function requestUrl(request: IncomingMessage): URL | null {
  return URL.parse(`http://simulator${request.url ?? '/'}`);
}

function deliverJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}

/** The whole body, or null when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= maxBodyBytes) chunks.push(chunk as Buffer);
  }
  return length > maxBodyBytes ? null : Buffer.concat(chunks).toString('utf8');
}
