import type { ServerResponse } from 'node:http';
import { type Answer, phpJson } from './answer.ts';

/** The bytes of an answer. */
export function renderBody(answer: Answer): string {
  return 'json' in answer.body ? phpJson(answer.body.json) : answer.body.text;
}

/** Sends an answer, as badly as it asks for. Timers end with the connection. */
export function deliver(response: ServerResponse, answer: Answer, body: string): void {
  const { delivery } = answer;
  const bytes = Buffer.from(body);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const head = (length: number) =>
    response.writeHead(answer.status, {
      'Content-Type': 'application/json',
      ...answer.headers,
      'Content-Length': length,
    });
  switch (delivery.kind) {
    case 'whole':
      head(bytes.length).end(bytes);
      return;
    case 'silent':
      return;
    case 'reset':
      if (delivery.at === 'headers') {
        response.socket?.resetAndDestroy();
        return;
      }
      head(bytes.length).write(half, () => response.socket?.resetAndDestroy());
      return;
    case 'truncated':
      if (delivery.contentLength === 'short') {
        head(half.length).end(half);
        return;
      }
      head(bytes.length).write(half, () => response.socket?.end());
      return;
    case 'slow':
      drip(response, bytes, delivery.delayMs, delivery.bytesPerSecond, () =>
        head(bytes.length).flushHeaders(),
      );
  }
}

/** A piece each 100 ms, or a byte at a time when that is too much. */
function drip(
  response: ServerResponse,
  bytes: Buffer,
  delayMs: number,
  bytesPerSecond: number,
  begin: () => void,
): void {
  const stepBytes = Math.max(1, Math.round(bytesPerSecond / 10));
  const stepMs = (stepBytes * 1000) / bytesPerSecond;
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    if (sent === 0) begin();
    response.write(bytes.subarray(sent, sent + stepBytes));
    sent += stepBytes;
    if (sent >= bytes.length) response.end();
    else timer = setTimeout(next, stepMs);
  };
  timer = setTimeout(next, delayMs);
  response.once('close', () => clearTimeout(timer));
}
