import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import SwaggerParser from '@apidevtools/swagger-parser';
import { errorCatalogue, errorCodes, routes } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { errorsOf, openApiDocument } from '#platform/http';
import { startHttp } from '#test/http';
import { handlers } from '#test/http-routes';

const Health = z.object({ parts: z.object({ part: z.object({ asked: z.number() }) }) });

describe('pages', () => {
  test('health tells every part; one that is down or throws makes it 503', async () => {
    const http = await startHttp({
      healthParts: {
        good: async () => ({ status: 'ok', figure: 1 }),
        bad: async () => {
          throw new Error('password=hunter2');
        },
      },
    });
    const response = await http.call('/api/health/');
    expect(response.status).toBe(503);
    const report = await response.json();
    expect(report).toMatchObject({
      status: 'down',
      parts: { good: { status: 'ok', figure: 1 }, bad: { status: 'down' } },
    });
    expect(JSON.stringify(report)).not.toContain('hunter2');
    expect((await http.call('/health/live')).status).toBe(200);
    await http.close();
  });

  test('health under a flood asks each part once a second', async () => {
    let asked = 0;
    const part = async () => ({ status: 'ok' as const, asked: ++asked });
    const http = await startHttp({ healthParts: { part } });
    const ask = async () => Health.parse(await (await http.call('/health')).json()).parts.part.asked;
    expect(new Set(await Promise.all(Array.from({ length: 20 }, ask)))).toEqual(new Set([1]));
    await expect.poll(ask, { timeout: 5000 }).toBe(2);
    await http.close();
  });

  test('metrics count requests by operation, and ask for the token when there is one', async () => {
    const http = await startHttp({ routes: handlers, metricsToken: 'a token of sixteen' });
    await http.call('/api/v1/look');
    expect((await http.refused('/metrics')).code).toBe('UNAUTHENTICATED');
    const response = await http.call('/metrics', { headers: { authorization: 'Bearer a token of sixteen' } });
    const text = await response.text();
    expect(text).toContain('tradepost_http_request_duration_seconds_count{operation="look",status="200"} 1');
    await http.close();
  });

  test('the console: index.html for its pages with a fresh nonce, hashed assets for ever, no page for the API', async () => {
    const dist = mkdtempSync(join(tmpdir(), 'tradepost-dist-'));
    mkdirSync(join(dist, 'assets'));
    writeFileSync(join(dist, 'index.html'), '<script nonce="__CSP_NONCE__" src="/assets/a-1.js"></script>');
    writeFileSync(join(dist, 'assets', 'a-1.js'), 'export {};');
    writeFileSync(join(dist, 'favicon.svg'), '<svg/>');
    const http = await startHttp({ routes: handlers, consoleDist: dist });
    const page = { headers: { accept: 'text/html' } };
    const seen = new Set<string>();
    for (const path of ['/', '/orders/42', '/setup?token=x']) {
      const response = await http.call(path, page);
      const nonce = /nonce="([^"]+)"/.exec(await response.text())?.[1] ?? 'none';
      expect(response.headers.get('content-security-policy')).toContain(`script-src 'self' 'nonce-${nonce}'`);
      expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
      seen.add(nonce);
    }
    expect(seen.size).toBe(3);
    const asset = await http.call('/assets/a-1.js');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect((await http.call('/favicon.svg')).headers.get('content-type')).toContain('image/svg');
    expect((await http.refused('/assets/../../package.json')).code).toBe('NOT_FOUND');
    expect((await http.refused('/assets/%2e%2e/%2e%2e/etc/passwd')).status).toBeGreaterThanOrEqual(400);
    expect((await http.refused('/assets/b.js', page)).code).toBe('NOT_FOUND');
    expect((await http.refused('/api/v1/nothing', page)).code).toBe('NOT_FOUND');
    await http.close();
  });

  test('assets: the smallest form the browser takes, told apart by Vary; the plain file where there is no other', async () => {
    const dist = mkdtempSync(join(tmpdir(), 'tradepost-dist-'));
    mkdirSync(join(dist, 'assets'));
    const code = 'export const orders = 1;'.repeat(100);
    writeFileSync(join(dist, 'index.html'), '<title>Tradepost</title>');
    writeFileSync(join(dist, 'assets', 'a-1.js'), code);
    writeFileSync(join(dist, 'assets', 'a-1.js.br'), brotliCompressSync(code));
    writeFileSync(join(dist, 'assets', 'a-1.js.gz'), gzipSync(code));
    writeFileSync(join(dist, 'assets', 'b-2.js'), 'export {};');
    const http = await startHttp({ consoleDist: dist });
    const ask = async (name: string, encodings: string) => {
      const response = await http.call(`/assets/${name}`, { headers: { 'accept-encoding': encodings } });
      const { headers } = response;
      expect(headers.get('content-type')).toContain('javascript');
      expect(headers.get('vary')?.toLowerCase()).toContain('accept-encoding');
      expect(headers.get('cache-control')).toContain('immutable');
      return [headers.get('content-encoding'), (await response.text()).slice(0, 10)];
    };
    expect(await ask('a-1.js', 'gzip, br')).toEqual(['br', code.slice(0, 10)]);
    expect(await ask('a-1.js', 'gzip')).toEqual(['gzip', code.slice(0, 10)]);
    expect(await ask('a-1.js', 'br;q=0, gzip')).toEqual(['gzip', code.slice(0, 10)]);
    expect(await ask('a-1.js', 'identity')).toEqual([null, code.slice(0, 10)]);
    expect(await ask('b-2.js', 'gzip, br')).toEqual([null, 'export {};']);
    await http.close();
  });

  test('a rebuild of the console is taken up by the running server', async () => {
    const dist = mkdtempSync(join(tmpdir(), 'tradepost-dist-'));
    const index = join(dist, 'index.html');
    writeFileSync(index, 'old');
    const http = await startHttp({ consoleDist: dist });
    const page = async () => (await http.call('/')).text();
    expect(await page()).toBe('old');
    rmSync(index);
    expect(await page()).toBe('old');
    writeFileSync(index, 'new');
    utimesSync(index, 1, 1);
    expect(await page()).toBe('new');
    await http.close();
  });

  test('without a built console a plain page says how to build it', async () => {
    const http = await startHttp();
    expect(await (await http.call('/')).text()).toContain('build:console');
    await http.close();
  });

  test('the OpenAPI document is valid, and served with Swagger UI under our policy', async () => {
    const contracts = Object.values(routes);
    const document = openApiDocument(contracts, '1.0.0');
    await SwaggerParser.validate(structuredClone(document) as never);
    const http = await startHttp({ routes: handlers });
    const docs = await http.call('/docs/');
    const page = await docs.text();
    expect(docs.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page).not.toMatch(/<script>|<style|style="/);
    for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect([path, (await http.call(path!)).status]).toEqual([path, 200]);
    }
    expect(await (await http.call('/openapi.json')).json()).toHaveProperty('paths./api/v1/echo.post');
    await http.close();
  });

  test('Swagger UI opens as the settings say', async () => {
    const http = await startHttp({ docs: { expansion: 'full', showOperationIds: true } });
    const script = await (await http.call('/docs/static/swagger-initializer.js')).text();
    expect(script).toMatch(/"?docExpansion"?: *"full"/);
    expect(script).toMatch(/"?displayOperationId"?: *true/);
    await http.close();
  });

  test('every code is documented by some route or belongs to every request, and every route documents its own', () => {
    const declared = new Set(Object.values(routes).flatMap(errorsOf));
    const beforeAnyRoute = ['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'URI_TOO_LONG', 'HEADERS_TOO_LARGE'];
    expect(errorCodes.filter((code) => !declared.has(code) && !beforeAnyRoute.includes(code))).toEqual([]);
    for (const code of errorCodes) expect(errorCatalogue[code].status).toBeGreaterThanOrEqual(400);
  });
});
