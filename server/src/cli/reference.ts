/** docs/reference/command-line.md, made from the table of commands. */
import { commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { usageOf } from './help.ts';
import { globalOptions } from './parse.ts';

export function commandLineReference(): string {
  return [
    '# The command line',
    '',
    '<!-- Made by `npm run generate` from server/src/cli/commands.ts. -->',
    '',
    '`npx tradepost …` in the checkout. It works on the installation that the settings name ([configuration](configuration.md)): the',
    'database at DATABASE_URL, or the embedded one in DATA_DIR. While the server runs it uses that database; while none runs it serves the',
    'embedded one itself until the command ends, and no server can start meanwhile.',
    '',
    'What it changes is written as the server writes it, with its events, by the actor `cli:<user of the operating system>`.',
    'Answers go to stdout, words about them to stderr. Colour is used on a terminal only, and not with `NO_COLOR` set.',
    '',
    '| option of every command | |',
    '|---|---|',
    ...Object.entries(globalOptions).map(([name, description]) => `| \`--${name}\` | ${description} |`),
    '',
    '| exit code | meaning |',
    '|---|---|',
    ...Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
    ...commands.flatMap((c) => {
      const rows = Object.entries(c.options).map(([name, o]) => [
        `\`--${name}${o.placeholder === null ? '' : ` <${o.placeholder}>`}\`${o.isRequired ? ' (required)' : ''}`,
        `${o.description}${o.values.length > 0 ? `: ${o.values.map((v) => `\`${v}\``).join(', ')}` : ''}`,
      ]);
      if (c.argument !== undefined) {
        const { placeholder, description, values } = c.argument;
        const choice = values.length > 0 ? `: ${values.map((v) => `\`${v}\``).join(', ')}` : '';
        rows.unshift([`\`<${placeholder}>\` (required)`, `${description}${choice}`]);
      }
      return [
        '',
        `## tradepost ${c.name}`,
        '',
        `${c.summary}.`,
        '',
        '```sh',
        usageOf(c),
        '```',
        ...(rows.length > 0
          ? ['', '| | |', '|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)]
          : []),
        ...(c.notes === undefined ? [] : ['', c.notes]),
        '',
        'Examples:',
        '',
        '```sh',
        ...c.examples.map((example) => `tradepost ${example}`),
        '```',
      ];
    }),
    '',
  ].join('\n');
}
