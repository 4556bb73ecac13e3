/** The AsyncAPI document and the reference page of events, both made from the contracts. */
import {
  ClientMessage,
  channels,
  closeCodes,
  ErrorFrame,
  type EventDefinition,
  events,
  SubscribedFrame,
  UnsubscribedFrame,
} from '@tradepost/contracts';
import { z } from 'zod';

const definitions: [string, EventDefinition][] = Object.entries(events);
const controlFrames: [string, z.ZodType, string][] = [
  ['subscribed', SubscribedFrame, 'Answer to a subscription; `recovered: false` asks for a reload.'],
  ['unsubscribed', UnsubscribedFrame, 'Answer to an unsubscription.'],
  ['error', ErrorFrame, 'A message of the client was refused; the socket stays open.'],
];

/** AsyncAPI 3.0. Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function asyncApiDocument(): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  const messages: Record<string, unknown> = {};
  const add = (name: string, summary: string, schema: JsonSchema): void => {
    schemas[name] = schema;
    messages[name] = {
      name,
      summary,
      contentType: 'application/json',
      payload: { $ref: `#/components/schemas/${name}` },
    };
  };
  add(
    'client',
    'Subscribe or unsubscribe. The bare text `ping` is answered by the bare text `pong`.',
    jsonSchema(ClientMessage),
  );
  for (const [name, schema, summary] of controlFrames) add(name, summary, jsonSchema(schema));
  for (const [type, definition] of definitions) add(type, definition.when, eventSchema(type, definition));
  const channelEntries = Object.keys(channels).map((channel) => {
    const inChannel = definitions.filter(([, d]) => channel === 'all' || d.channel === channel);
    const names = [...inChannel.map(([type]) => type), ...controlFrames.map(([name]) => name), 'client'];
    return [
      channel,
      {
        address: `/ws/notifications?channel=${channel}`,
        description: `Needs the permission \`${channels[channel as keyof typeof channels]}\`.`,
        messages: Object.fromEntries(names.map((n) => [n, { $ref: `#/components/messages/${n}` }])),
      },
    ] as const;
  });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tradepost events',
      version: '1',
      description:
        'Every change of a tenant, the moment it commits. Offsets are opaque: hold the last `id` and resume with `since`.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channelEntries),
    operations: Object.fromEntries(
      channelEntries.flatMap(([channel, { messages: all }]) => {
        const refs = (names: string[]) => names.map((n) => ({ $ref: `#/channels/${channel}/messages/${n}` }));
        const sent = Object.keys(all).filter((name) => name !== 'client');
        return [
          [
            `send_${channel}`,
            { action: 'send', channel: { $ref: `#/channels/${channel}` }, messages: refs(sent) },
          ],
          [
            `receive_${channel}`,
            { action: 'receive', channel: { $ref: `#/channels/${channel}` }, messages: refs(['client']) },
          ],
        ];
      }),
    ),
    components: { messages, schemas },
  };
}

/** docs/reference/events.md */
export function eventsReference(): string {
  const lines = [
    '# Events',
    '',
    '<!-- Made from contracts/src/events.ts and realtime.ts; a test holds it. -->',
    '',
    'Each event is written in the transaction that changed the rows: it exists exactly when the change does. On a socket it',
    'arrives as `{"id","channel","type","data","timestamp"}`; `id` is the offset to resume after with `since`.',
    'The same names and data are in `/asyncapi.json`.',
    '',
    'Everybody reads the events in one order, without gaps. Two changes of one thing may stand in it the other way round,',
    'when one transaction waited for the other: go by `version`, and drop what is older than what you have.',
    '',
    '## Channels',
    '',
    '| channel | permission | events |',
    '|---|---|---|',
    ...Object.entries(channels).map(([channel, permission]) => {
      const types = definitions.filter(([, d]) => d.channel === channel).map(([type]) => `\`${type}\``);
      const what = channel === 'all' ? 'every event whose channel the credential may read' : types.join(', ');
      return `| \`${channel}\` | \`${permission}\` | ${what} |`;
    }),
    '',
    '## Events by name',
  ];
  for (const [type, definition] of definitions) {
    const schema = jsonSchema(definition.data);
    const properties = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>);
    lines.push(
      '',
      `### ${type}`,
      '',
      `${definition.when} Channel \`${definition.channel}\`, version ${definition.version}.`,
      '',
      '| field | type | |',
      '|---|---|---|',
      ...properties.map(
        ([name, p]) => `| \`${name}\` | ${typeName(p)} | ${(p.description as string) ?? ''} |`,
      ),
    );
  }
  lines.push(
    '',
    '## Close codes',
    '',
    '4000–4499: reconnect and resume. 4500–4999: do not reconnect with the same credential.',
    '',
    '| code | name | meaning |',
    '|---|---|---|',
    ...Object.entries(closeCodes).map(
      ([name, { code, meaning }]) => `| ${code} | \`${name}\` | ${meaning} |`,
    ),
    '',
  );
  return lines.join('\n');
}

type JsonSchema = Record<string, unknown>;

function jsonSchema(type: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { target: 'draft-7' });
  return schema;
}

function eventSchema(type: string, definition: EventDefinition): JsonSchema {
  return {
    type: 'object',
    required: ['id', 'channel', 'type', 'data', 'timestamp'],
    properties: {
      id: { type: 'string', description: 'The offset to resume after' },
      channel: { const: definition.channel },
      type: { const: type },
      data: jsonSchema(definition.data),
      timestamp: { type: 'string', format: 'date-time' },
    },
  };
}

function typeName(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((v) => `\`${v}\``).join(' or ');
  const options = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (options !== undefined) return options.map(typeName).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.format !== undefined) return String(schema.format);
  return String(schema.type ?? 'any');
}
