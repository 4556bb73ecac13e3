/** A program under test: started by its file, watched by what it prints, ended by a signal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atEnd } from './lifetime.ts';

export const rootDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const keptOfStderr = 200_000;

export class Program {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly lines: string[] = [];
  stderr = '';
  exit: Exit | null = null;
  #partial = '';
  readonly #looks = new Set<() => void>();

  private constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-keptOfStderr);
    });
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject);
      // 'close' follows the end of both streams, so everything it printed has been read.
      child.on('close', (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
        this.#look();
      });
    });
  }

  /**
   * Runs a TypeScript program of this checkout on the Node that runs the tests, with this environment and nothing of ours
   * but PATH, in `cwd`. `through` is a command that becomes the one after it, such as `nsenter`.
   */
  static run(
    file: string,
    options: { env: Record<string, string>; cwd: string; args?: string[]; through?: string[] },
  ): Program {
    const { through = [], args = [] } = options;
    const [command, ...rest] = [...through, process.execPath, `${rootDir}/${file}`, ...args];
    const child = spawn(command!, rest, {
      cwd: options.cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child);
    atEnd(() => program.end('SIGTERM'));
    return program;
  }

  /** The first printed line that fits, also one of before. @throws when the program ends or `timeoutMs` pass without it */
  waitForLine(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const told = () => `stdout:\n${this.lines.join('\n')}\nstderr:\n${this.stderr.slice(-4000)}`;
      const done = (act: () => void) => {
        clearTimeout(timer);
        this.#looks.delete(look);
        act();
      };
      const look = () => {
        const match = this.lines.map((line) => line.match(pattern)).find((m) => m !== null);
        if (match) done(() => resolve(match));
        else if (this.exit !== null) {
          const { code, signal } = this.exit;
          done(() => reject(new Error(`It ended (${signal ?? code}) before ${pattern}.\n${told()}`)));
        }
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`No line ${pattern} within ${timeoutMs / 1000} s.\n${told()}`))),
        timeoutMs,
      );
      this.#looks.add(look);
      look();
    });
  }

  /** Sends the signal and waits for the end; the last resort after 40 s is a kill. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    if (this.exit !== null) return this.exit;
    this.child.kill(signal);
    const force = setTimeout(() => this.child.kill('SIGKILL'), 40_000);
    const exit = await this.exited;
    clearTimeout(force);
    return exit;
  }

  #read(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop()!;
    this.lines.push(...lines);
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}
