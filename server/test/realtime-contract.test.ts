/** The description of events follows the contracts, and its page is up to date. */
import { readFile } from 'node:fs/promises';
import { channels, events } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { asyncApiDocument, eventsReference } from '../src/modules/realtime/index.ts';

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument() as {
    asyncapi: string;
    channels: Record<string, { messages: Record<string, unknown> }>;
    components: { schemas: Record<string, { properties?: Record<string, { const?: string }> }> };
  };

  test('has each channel and each event, in its channel and in `all`', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(Object.keys(document.channels)).toEqual(Object.keys(channels));
    for (const [type, { channel }] of Object.entries(events)) {
      for (const [name, entry] of Object.entries(document.channels)) {
        expect([type, name, type in entry.messages]).toEqual([
          type,
          name,
          name === 'all' || name === channel,
        ]);
      }
      expect(document.components.schemas[type]?.properties?.channel?.const).toBe(channel);
    }
  });

  test('points at nothing that is not there', () => {
    const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((m) => m[1]!);
    expect(pointers.length).toBeGreaterThan(50);
    for (const pointer of pointers) {
      let place: unknown = document;
      for (const part of pointer.split('/')) place = (place as Record<string, unknown> | undefined)?.[part];
      expect([pointer, place !== undefined]).toEqual([pointer, true]);
    }
  });
});

test('docs/reference/events.md is what the contracts say: `npm run generate` writes it', async () => {
  const page = await readFile(new URL('../../docs/reference/events.md', import.meta.url), 'utf8');
  expect(page).toBe(eventsReference());
});
