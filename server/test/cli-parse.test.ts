import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { completionScript } from '../src/cli/completion.ts';
import { CliError } from '../src/cli/exit-codes.ts';
import { commandHelp, overview, usageOf } from '../src/cli/help.ts';
import { moment, momentOrOffset } from '../src/cli/moment.ts';
import { parseCommandLine } from '../src/cli/parse.ts';
import { openSession } from '../src/cli/session.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter(Boolean), commands);

/** What is said of a refused command line, whether the parser or the command's own options refuse it. */
async function refusalOf(...argv: string[]): Promise<string> {
  try {
    const request = parseCommandLine(argv, commands);
    if (request.kind !== 'run') return request.kind;
    await using session = openSession({ json: false, signal: new AbortController().signal });
    await request.command.run(session, request.given);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 64) throw error;
    return error.message;
  }
  throw new Error('it was not refused');
}

describe('a command line', () => {
  test('is a command, its argument, its options, wherever the options stand', () => {
    const id = '0199c2d4-7e21-7b61-9d0f-3f4a8f6f1c55';
    for (const line of [`tasks show ${id} --follow --json`, `--json tasks show --follow ${id}`]) {
      const request = parse(line);
      if (request.kind !== 'run') throw new Error(request.kind);
      expect(request).toMatchObject({ json: true, command: { name: 'tasks show' }, given: { argument: id } });
      expect([...request.given.options]).toContainEqual(['follow', true]);
    }
    const request = parse('events tail --channel=orders --type order_new');
    if (request.kind !== 'run') throw new Error(request.kind);
    expect(Object.fromEntries(request.given.options)).toEqual({ channel: 'orders', type: 'order_new' });
  });

  test('asks for help or the version', () => {
    expect(parse('--version')).toEqual({ kind: 'version' });
    expect(parse('--help')).toEqual({ kind: 'help', of: null });
    expect(parse('tasks -h')).toEqual({ kind: 'help', of: 'tasks' });
    expect(parse('keys create --help')).toMatchObject({ kind: 'help', of: { name: 'keys create' } });
    // Help wins over what is wrong beside it.
    expect(parse('keys create --nonsense --help')).toMatchObject({ kind: 'help' });
  });

  test.each([
    ['', 'Which command?'],
    ['tenat list', 'There is no command `tenat`. Did you mean `tenant`?'],
    ['tasks lst', 'There is no command `tasks lst`. Did you mean `tasks list`?'],
    ['tasks', '`tasks` needs one of: list, show, retry, cancel.'],
    ['--josn doctor', 'There is no option --josn. Did you mean `--json`?'],
    ['--help tenat', 'Did you mean `tenant`?'],
    ['quux', 'There is no command `quux`. `tradepost --help`'],
    ['doctor --jsn', 'There is no option --jsn. Did you mean `--json`?'],
    ['doctor now', '"now" is too much'],
    ['doctor --json=yes', '--json="yes" is refused; it takes no value.'],
    ['tasks list --limit 1 --limit 2', '--limit is given twice.'],
    ['tasks list --limit', '--limit needs a value: --limit <number>.'],
    ['tasks list --limit --json', '--limit needs a value: --limit <number>.'],
    ['tasks list --limit 0', '--limit="0" is refused; allowed is a whole number from 1 to 200.'],
    ['tasks list --status dead', '--status="dead" is refused; allowed is one of queued, running,'],
    ['tasks show', '<id> is missing: tradepost tasks show <id>.'],
    ['tasks show 12', '<id> "12" is refused; allowed is an id (UUID).'],
    ['tenant create', '--name is missing; allowed is a text of at most 100 characters.'],
    ['tenant create --name A --slug A!', '--slug="A!" is refused; allowed is small letters'],
    [
      'keys create --name a --scopes orders.read,cook',
      '--scopes="orders.read,cook" is refused; allowed is a comma',
    ],
    [
      'keys create --name a --scopes orders.read --expires soon',
      '--expires="soon" is refused; allowed is a span such as',
    ],
    [
      'user create --email ana --name Ana --role owner',
      '--email="ana" is refused; allowed is an e-mail address',
    ],
    ['completion tcsh', '<shell> "tcsh" is refused; allowed is one of bash, zsh, fish.'],
  ])('%j is refused: %s', async (line, said) => {
    expect(await refusalOf(...line.split(' ').filter(Boolean))).toContain(said);
  });
});

test('moments are spans, instants, offsets', () => {
  expect(moment.schema.parse('15m')).toEqual({ spanMs: 900_000 });
  expect(moment.schema.parse('2026-01-31T10:00:00+02:00')).toEqual({ at: new Date('2026-01-31T08:00:00Z') });
  expect(momentOrOffset.schema.parse('0199c2d4-1f-2')).toEqual({ offset: '0199c2d4-1f-2' });
  for (const wrong of ['', '15', '-3d', '1w', 'yesterday', '2026-13-01T00:00:00Z'])
    expect(momentOrOffset.schema.safeParse(wrong).success, wrong).toBe(false);
});

describe('help', () => {
  test('names every command, and each tells usage, options, examples that hold', () => {
    const all = overview(commands, null);
    for (const command of commands) {
      expect(all).toContain(`  ${command.name}`);
      const help = commandHelp(command);
      expect(help).toContain(`Usage: ${usageOf(command)}`);
      for (const name of Object.keys(command.options)) expect(help).toContain(`--${name}`);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        const argv = example.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''));
        const end = argv.findIndex((word) => word.includes('>'));
        const request = parseCommandLine(end < 0 ? argv : argv.slice(0, end), commands);
        expect(request).toMatchObject({ kind: 'run', command: { name: command.name } });
      }
    }
  });
});

describe('completion', () => {
  /** What bash offers for the last of the words. */
  function offered(...words: string[]): string[] {
    const script = `${completionScript('bash', commands)}
      COMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length - 1}
      _tradepost; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-uc', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
  }

  test('of bash offers commands, verbs, options, values', () => {
    expect(offered('tradepost', 'ten')).toEqual(['tenant']);
    expect(offered('tradepost', 'tasks', '')).toEqual(['list', 'show', 'retry', 'cancel']);
    expect(offered('tradepost', 'tasks', 'list', '--st')).toEqual(['--status']);
    expect(offered('tradepost', 'tasks', 'list', '--status', 'c')).toEqual(['completed', 'cancelled']);
    expect(offered('tradepost', '--json', 'keys', 'cr')).toEqual(['create']);
    expect(offered('tradepost', 'user', 'create', '--role', 'o')).toEqual(['owner']);
    expect(offered('tradepost', 'completion', 'z')).toEqual(['zsh']);
    expect(offered('tradepost', 'keys', 'create', '--scopes', 'orders.read,tasks.w')).toEqual([
      'orders.read,tasks.write',
    ]);
    // A value that is free has nothing to offer, not the options.
    expect(offered('tradepost', 'tenant', 'create', '--name', '')).toEqual([]);
  });

  test.each(['bash', 'zsh', 'fish'] as const)('of %s knows every command and option', (shell) => {
    const script = completionScript(shell, commands);
    for (const command of commands) {
      for (const word of command.name.split(' ')) expect(script).toContain(word);
      for (const name of Object.keys(command.options))
        expect(script).toMatch(shell === 'fish' ? new RegExp(`-l ${name}\\b`) : new RegExp(`--${name}\\b`));
    }
  });
});
