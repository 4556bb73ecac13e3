/** docs/reference/configuration.md, made from the settings. */
import { describeSetting, settingNames } from './settings.ts';

export function configurationReference(): string {
  const sections = new Map<string, string[]>();
  for (const name of settingNames) {
    const meta = describeSetting(name);
    const rows = sections.get(meta.section) ?? [];
    sections.set(meta.section, rows);
    const unset = meta.unset ?? (meta.default === '' ? 'none' : `\`${meta.default}\``);
    const example = meta.example.startsWith('(') ? meta.example : `\`${meta.example}\``;
    rows.push(`| \`${name}\` | ${unset} | ${meta.description} | ${meta.allowed} | ${example} |`);
  }
  const lines = [
    '# Configuration',
    '',
    '<!-- Made by `npm run generate` from server/src/platform/config/settings.ts. -->',
    '',
    'Set these in the environment or in a file `.env` beside package.json; the environment wins. An empty value is',
    'an unset one. A wrong value stops the start with exit code 78, naming the variable, its value and what is allowed.',
  ];
  for (const [section, rows] of sections) {
    lines.push('', `## ${section}`, '');
    lines.push('| variable | when unset | meaning | allowed | example |', '|---|---|---|---|---|', ...rows);
  }
  return `${lines.join('\n')}\n`;
}
