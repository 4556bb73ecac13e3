/** Completion scripts: the table of commands, written down in the language of each shell. */
import type { Command, Option } from './command.ts';
import { globalOptions, groupsOf } from './parse.ts';

export function completionScript(shell: 'bash' | 'zsh' | 'fish', commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](commands);
}

/** What may follow the words typed so far: next word of a command, or its options and the values of its argument. */
function wordsAfter(commands: readonly Command[]): Map<string, string[]> {
  const verbs = (group: string) =>
    commands.filter((c) => c.name.startsWith(`${group} `)).map((c) => c.name.split(' ')[1]!);
  const firsts = [...new Set(commands.map((c) => c.name.split(' ')[0]!))];
  return new Map([
    ['', [...firsts, '--help', '--version']],
    ...groupsOf(commands).map((group): [string, string[]] => [group, verbs(group)]),
    ...commands.map((c): [string, string[]] => [
      c.name,
      [
        ...(c.argument?.values ?? []),
        ...[...Object.keys(c.options), ...Object.keys(globalOptions)].map((o) => `--${o}`),
      ],
    ]),
  ]);
}

/** Options with a value, by command: the values to choose from, none where it is free. */
function valuesOf(command: Command): [string, Option<unknown>][] {
  return Object.entries(command.options).filter(([, o]) => o.placeholder !== null);
}

function bash(commands: readonly Command[]): string {
  const words = [...wordsAfter(commands)].map(
    ([path, list]) => `    '${path}') words='${list.join(' ')}' ;;`,
  );
  const values = commands.flatMap((c) =>
    valuesOf(c).map(([name, o]) => `    '${c.name} --${name}') words='${o.values.join(' ')}' ;;`),
  );
  return `# Completion of tradepost for bash: source <(tradepost completion bash)
_tradepost() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ "$word" == -* ]] && continue
    case " ${groupsOf(commands).join(' ')} " in
      *" $path "*) path="$path $word"; break ;;
    esac
    path="$word"
    case " ${groupsOf(commands).join(' ')} " in
      *" $path "*) ;;
      *) break ;;
    esac
  done
  case "$path $previous" in
${values.join('\n')}
    *) case "$path" in
${words.map((line) => `  ${line}`).join('\n')}
    esac ;;
  esac
  # A list of scopes is completed after its last comma.
  local done=''
  if [[ "$previous" == --scopes && "$current" == *,* ]]; then done="\${current%,*},"; fi
  COMPREPLY=($(compgen -P "$done" -W "$words" -- "\${current#"$done"}"))
}
complete -F _tradepost tradepost`;
}

/** zsh runs bash's own script through its compatibility layer, so there is one list of words less to keep right. */
function zsh(commands: readonly Command[]): string {
  return `# Completion of tradepost for zsh: source <(tradepost completion zsh), after compinit
autoload -U +X bashcompinit && bashcompinit
${bash(commands).split('\n').slice(1).join('\n')}`;
}

function fish(commands: readonly Command[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const groups = groupsOf(commands);
  const lines = ['# Completion of tradepost for fish', 'complete -c tradepost -f'];
  for (const group of groups) {
    lines.push(`complete -c tradepost -n __fish_use_subcommand -a ${group}`);
  }
  for (const c of commands) {
    const [first, second] = c.name.split(' ') as [string, string?];
    if (second === undefined) {
      lines.push(`complete -c tradepost -n __fish_use_subcommand -a ${first} -d ${quote(c.summary)}`);
    } else {
      const verbs = commands
        .filter((other) => other.name.startsWith(`${first} `))
        .map((other) => other.name.split(' ')[1]!);
      const here = quote(
        `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${verbs.join(' ')}`,
      );
      lines.push(`complete -c tradepost -n ${here} -a ${second} -d ${quote(c.summary)}`);
    }
    const inside = quote(
      c.name
        .split(' ')
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join('; and '),
    );
    if (c.argument !== undefined && c.argument.values.length > 0)
      lines.push(`complete -c tradepost -n ${inside} -a ${quote(c.argument.values.join(' '))}`);
    for (const [name, o] of Object.entries(c.options)) {
      const value =
        o.placeholder === null ? '' : ` -x${o.values.length > 0 ? ` -a ${quote(o.values.join(' '))}` : ''}`;
      lines.push(`complete -c tradepost -n ${inside} -l ${name}${value} -d ${quote(o.description)}`);
    }
  }
  for (const [name, description] of Object.entries(globalOptions))
    lines.push(`complete -c tradepost -l ${name} -d ${quote(description)}`);
  return lines.join('\n');
}
