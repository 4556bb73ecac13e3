/** What `--help` shows. */
import type { Command } from './command.ts';
import { globalOptions } from './parse.ts';
import { columns } from './text.ts';

export function usageOf(command: Command): string {
  const parts = [`tradepost ${command.name}`];
  if (command.argument !== undefined) parts.push(`<${command.argument.placeholder}>`);
  for (const [name, o] of Object.entries(command.options)) {
    const text = o.placeholder === null ? `--${name}` : `--${name} <${o.placeholder}>`;
    parts.push(o.isRequired ? text : `[${text}]`);
  }
  return parts.join(' ');
}

export function commandHelp(command: Command): string {
  const rows = Object.entries(command.options).map(([name, o]) => [
    o.placeholder === null ? `--${name}` : `--${name} <${o.placeholder}>`,
    `${o.description}${o.values.length > 0 ? ` (${o.values.join(', ')})` : ''}`,
  ]);
  const globals = Object.entries(globalOptions).map(([name, description]) => [`--${name}`, description]);
  const { argument } = command;
  return [
    `${command.summary}.`,
    '',
    `Usage: ${usageOf(command)}`,
    ...(argument === undefined
      ? []
      : [
          '',
          `<${argument.placeholder}>  ${argument.description}${argument.values.length > 0 ? ` (${argument.values.join(', ')})` : ''}`,
        ]),
    '',
    'Options:',
    ...columns([...rows, ...globals]).map(indent),
    ...(command.notes === undefined ? [] : ['', command.notes]),
    '',
    'Examples:',
    ...command.examples.map((example) => indent(`tradepost ${example}`)),
  ].join('\n');
}

/** @param group only its commands; null for all */
export function overview(commands: readonly Command[], group: string | null): string {
  const shown = commands.filter((c) => group === null || c.name.startsWith(`${group} `));
  return [
    'The command line of Tradepost, for whoever runs it. It works on the installation that the settings name:',
    'DATABASE_URL, or the embedded database in DATA_DIR, whether the server runs or not.',
    '',
    `Usage: tradepost ${group ?? '<command>'} …`,
    '',
    'Commands:',
    ...columns(shown.map((c) => [c.name, c.summary])).map(indent),
    '',
    '`tradepost <command> --help` shows options and examples; `tradepost --version` the version.',
  ].join('\n');
}

const indent = (line: string) => `  ${line}`;
