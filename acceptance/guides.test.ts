/**
 * README and guides, followed to the letter: every block of shell or JavaScript in them is run as it stands, in order, in
 * one shell per page, against a server with its demo. Only the port differs. A block that this file does not know fails it.
 */
import { spawn } from 'node:child_process';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { atEnd, makeTempDir } from './support/lifetime.ts';
import { rootDir } from './support/program.ts';
import { Tradepost } from './support/tradepost.ts';

/** What a block prints; `elsewhere`: it starts servers, and is not run here; the named file starts them the same way, not by these lines. */
type Expectation = RegExp | { elsewhere: string };

const startsTheServer = { elsewhere: 'start.test.ts' };

const pages: Record<string, Expectation[]> = {
  'README.md': [startsTheServer, /^\{"items":\[.*"nextCursor":.*"status":"active"/s],
  'docs/guides/start.md': [startsTheServer, /"database"/, startsTheServer, startsTheServer],
  'docs/guides/first-api-call.md': [
    /^\{"items":\[.*"nextCursor":.*Chai.*"sku":"NW-001"/s,
    /"status":"active".*"reference":"basket-17"|"reference":"basket-17".*"status":"active"/,
    /^held active \d{4}-.*\nsold confirmed\nSTOCK_SHORT \[\{.*"sku":"NW-001".*\]$/m,
  ],
  'docs/guides/stock.md': [
    /"onHand":\d+.*"givenUp":\[\]/,
    /"status":"active".*"short":\[\{"sku":"NW-005","asked":1000000,/,
    /"orderId":"WEB-1001".*"levels":\[/,
    { elsewhere: 'stock-proof.test.ts' },
  ],
  'docs/guides/first-socket.md': [/^\S+ .+ \d+$/m],
  // One shell for all of it, beside a server without demo.
  'docs/guides/operate.md': Array.from({ length: 7 }, () => ({ elsewhere: 'command-line.test.ts' })),
  'docs/guides/several-processes.md': Array.from({ length: 3 }, () => ({ elsewhere: 'processes.test.ts' })),
  'docs/guides/connect-an-account.md': [/"name":"Second shop".*"items":\[.*Second shop/s],
};

interface Block {
  language: 'sh' | 'js';
  text: string;
}

async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(rootDir, page), 'utf8');
  return [...text.matchAll(/^```(sh|js)\n(.*?)^```$/gms)].map(([, language, block]) => ({
    language: language as Block['language'],
    text: block!,
  }));
}

let app: Tradepost;
let cwd: string;
let variables: Record<string, string>;

beforeAll(async () => {
  app = await Tradepost.start({ env: { DEMO: 'on', DEMO_ORDERS_PER_MINUTE: '60' } });
  cwd = await makeTempDir();
  await symlink(app.dataDir, join(cwd, 'data'));
  const { tenants } = JSON.parse(await readFile(join(app.dataDir, 'demo.json'), 'utf8'));
  variables = { TRADEPOST: app.url, KEY: tenants[0].apiKey };
});

/** Runs it until it ends or has printed what is expected: a program that listens goes on for ever. */
async function follow(command: string[], expected: RegExp): Promise<string> {
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  atEnd(async () => child.kill('SIGKILL'));
  let printed = '';
  return new Promise((resolve, reject) => {
    const read = (text: string) => {
      printed += text;
      if (!expected.test(printed)) return;
      child.kill();
      resolve(printed);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('error', reject);
    child.on('close', () => resolve(printed));
  });
}

test('every page with commands is known here', async () => {
  const guides = (await readdir(join(rootDir, 'docs/guides'))).map((name) => `docs/guides/${name}`);
  const withBlocks = [];
  for (const page of ['README.md', ...guides]) if ((await blocksOf(page)).length > 0) withBlocks.push(page);
  expect(withBlocks.sort()).toEqual(Object.keys(pages).sort());
});

describe.each(Object.entries(pages))('%s', (page, expectations) => {
  test('runs as written', async () => {
    const blocks = await blocksOf(page);
    expect(blocks, 'blocks of the page').toHaveLength(expectations.length);
    let shell = 'set -e\n';
    for (const [i, { language, text }] of blocks.entries()) {
      const expected = expectations[i]!;
      if (!(expected instanceof RegExp)) continue;
      const block = text.replaceAll('http://127.0.0.1:8000', app.url);
      if (language === 'sh') {
        // What blocks before it exported holds here too; their output is not looked at again.
        expect(await follow(['bash', '-c', `${shell}${block}`], expected), block).toMatch(expected);
        shell += `{\n${block}} >/dev/null\n`;
      } else {
        const file = join(cwd, `program-${i}.mjs`);
        await writeFile(file, block);
        expect(await follow([process.execPath, file], expected), block).toMatch(expected);
      }
    }
  });
});
