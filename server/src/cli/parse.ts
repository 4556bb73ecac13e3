/** The command line → a command and what was given to it. */
import { parseArgs } from 'node:util';
import type { Command, Given } from './command.ts';
import { CliError } from './exit-codes.ts';

/** Understood by every command. */
export const globalOptions = {
  json: 'Print JSON instead of text; one document, or one per line where it goes on',
  help: 'Show this and end (also -h)',
} as const;

export type Request =
  | { kind: 'version' }
  /** Of a command, of a group such as `tenant`, or (null) of everything. */
  | { kind: 'help'; of: Command | string | null }
  | { kind: 'run'; command: Command; given: Given; json: boolean };

/** The first words of the commands that have two. */
export function groupsOf(commands: readonly Command[]): string[] {
  return [...new Set(commands.filter((c) => c.name.includes(' ')).map((c) => c.name.split(' ')[0]!))];
}

/** @throws CliError `usage`, naming what is wrong and, for a slip of the fingers, what may be meant */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Request {
  const globals = argv.findIndex((word) => !word.startsWith('-'));
  const leading = argv.slice(0, globals < 0 ? argv.length : globals);
  const rest = argv.slice(leading.length);
  if (leading.includes('--version')) return { kind: 'version' };
  const wantsHelp = [...leading, ...rest].some((word) => word === '--help' || word === '-h');

  const command = commands.find((c) => c.name.split(' ').every((word, n) => rest[n] === word));
  if (command === undefined) {
    const [first, second] = rest;
    const group = groupsOf(commands).find((name) => name === first);
    if (
      wantsHelp &&
      (first === undefined || second === undefined || second.startsWith('-')) &&
      (group ?? first) === group
    )
      return { kind: 'help', of: group ?? null };
    throw unknownCommand(leading, rest, commands);
  }
  if (wantsHelp) return { kind: 'help', of: command };
  const words = [...leading, ...rest.slice(command.name.split(' ').length)];
  const { given, json } = readWords(command, words);
  return { kind: 'run', command, given, json };
}

function unknownCommand(leading: string[], rest: string[], commands: readonly Command[]): CliError {
  const [first, second] = rest;
  const strange = leading.find((word) => !['--json', '--help', '-h'].includes(word));
  if (strange !== undefined) return unknownOption(strange, ['--json', '--help', '--version']);
  if (first === undefined) return new CliError('usage', 'Which command? `tradepost --help` lists them.');
  const verbs = commands.filter((c) => c.name.startsWith(`${first} `)).map((c) => c.name.split(' ')[1]!);
  if (verbs.length > 0 && (second === undefined || second.startsWith('-')))
    return new CliError('usage', `\`${first}\` needs one of: ${verbs.join(', ')}.`);
  const typed = verbs.length > 0 ? `${first} ${second}` : first;
  const known = verbs.length > 0 ? verbs.map((verb) => `${first} ${verb}`) : namesOf(commands);
  return new CliError(
    'usage',
    `There is no command \`${typed}\`.${suggest(typed, known)} \`tradepost --help\` lists them.`,
  );
}

const namesOf = (commands: readonly Command[]) => [...new Set(commands.map((c) => c.name.split(' ')[0]!))];

function unknownOption(word: string, known: readonly string[]): CliError {
  return new CliError('usage', `There is no option ${word}.${suggest(word, known)}`);
}

function readWords(command: Command, words: string[]): { given: Given; json: boolean } {
  const isSwitch = (name: string) => name === 'json' || command.options[name]?.placeholder === null;
  const names = [...Object.keys(command.options), 'json'];
  const { tokens } = parseArgs({
    args: words,
    options: Object.fromEntries(names.map((name) => [name, { type: isSwitch(name) ? 'boolean' : 'string' }])),
    // Its own refusals speak to programmers; ours are below.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = new Map<string, string | true>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!names.includes(name))
      throw unknownOption(
        rawName,
        names.map((n) => `--${n}`),
      );
    if (options.has(name)) throw new CliError('usage', `${rawName} is given twice.`);
    if (isSwitch(name)) {
      if (value !== undefined)
        throw new CliError('usage', `${rawName}=${JSON.stringify(value)} is refused; it takes no value.`);
      options.set(name, true);
      continue;
    }
    // Rather an option whose value was forgotten than a value that begins with a dash.
    if (value === undefined || (!token.inlineValue && /^-./.test(value)))
      throw new CliError(
        'usage',
        `${rawName} needs a value: ${rawName} <${command.options[name]!.placeholder}>.`,
      );
    options.set(name, value);
  }
  const wanted = command.argument === undefined ? 0 : 1;
  if (positionals.length < wanted)
    throw new CliError(
      'usage',
      `<${command.argument!.placeholder}> is missing: tradepost ${command.name} <${command.argument!.placeholder}>.`,
    );
  if (positionals.length > wanted)
    throw new CliError(
      'usage',
      `${JSON.stringify(positionals[wanted])} is too much: \`tradepost ${command.name} --help\` shows what it takes.`,
    );
  return { given: { argument: positionals[0], options }, json: options.has('json') };
}

/** The nearest known word, when it is near enough to be a slip. */
function suggest(typed: string, known: readonly string[]): string {
  const best = known
    .map((word) => ({ word, distance: editDistance(typed, word) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, typed.length / 3)
    ? ` Did you mean \`${best.word}\`?`
    : '';
}

/** Letters to put in, take out or change (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
