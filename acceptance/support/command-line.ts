/** `tradepost …` as an operator runs it beside a server: the same settings, the real program. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { atEnd } from './lifetime.ts';
import { Program, rootDir } from './program.ts';

const program = 'server/src/cli/main.ts';

export interface Answered {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class CommandLine {
  readonly #env: Record<string, string>;
  readonly #cwd: string;

  readonly #root: string;

  /** @param cwd where no `.env` is; @param root of another checkout whose program it is */
  constructor(env: Record<string, string>, cwd: string, root = rootDir) {
    this.#root = root;
    // As the launcher has it: half the time of a command is compiling.
    this.#env = { NODE_COMPILE_CACHE: join(rootDir, 'node_modules/.cache/tradepost'), ...env };
    this.#cwd = cwd;
  }

  /** The same, with other settings. */
  with(env: Record<string, string>): CommandLine {
    return new CommandLine({ ...this.#env, ...env }, this.#cwd, this.#root);
  }

  /** Runs a command to its end. Its input is no terminal. */
  run(argv: string[], input = ''): Promise<Answered> {
    return this.#toEnd(process.execPath, [`${this.#root}/${program}`, ...argv], input);
  }

  /** A line of the shell, in which `tradepost` is the command line. */
  shell(line: string, input = ''): Promise<Answered> {
    const define = `tradepost() { '${process.execPath}' '${rootDir}/${program}' "$@"; }`;
    return this.#toEnd('bash', ['-c', `${define}; ${line}`], input);
  }

  /** The one line of JSON that it answers. @throws when it ends with another code than 0, or `code` */
  async json<T>(argv: string[], code = 0): Promise<T> {
    const answer = await this.run([...argv, '--json']);
    if (answer.code !== code) throw new Error(`tradepost ${argv.join(' ')}: ${answer.code} ${answer.stderr}`);
    return JSON.parse(answer.stdout) as T;
  }

  /** Starts a command that goes on. */
  start(argv: string[]): Program {
    return Program.run(program, { env: this.#env, cwd: this.#cwd, args: argv });
  }

  #toEnd(file: string, args: string[], input: string): Promise<Answered> {
    const child = spawn(file, args, {
      cwd: this.#cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...this.#env },
      // A group of its own, so that what outlives its test is ended whole.
      detached: true,
    });
    let hasEnded = false;
    atEnd(async () => {
      if (!hasEnded) process.kill(-child.pid!, 'SIGKILL');
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // It may well end without having read it.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        hasEnded = true;
        resolve({ code, stdout, stderr });
      });
    });
  }
}
