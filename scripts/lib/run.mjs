import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { say } from './environment.mjs';

/** How often a log file or a pipe hears that a long step still runs. */
const PLAIN_PROGRESS_MS = 10_000;
const TTY_PROGRESS_MS = 250;
/** npm passes a terminal's Ctrl-C on to a process that already had it: twice at once is one wish. */
const SAME_WISH_MS = 2_000;
const PARENT_POLL_MS = 250;

/** Exit code of a process that ended with `code` or by `signal`, as a shell counts it. */
export function exitCodeOf(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/**
 * Runs a program to its end behind one progress line: moving on a terminal, else one line every 10 s. `detail` may add
 * a count. Its output is kept and returned with the exit code (127 when it could not be run). A signal to
 * us ends it, then us: at once with all its children if it is `expendable`, because the next run starts its work anew
 * (npm would go on for many seconds, and a start in the meantime would meet it); else it is asked and waited for.
 */
export async function runWithProgress(
  label,
  file,
  args,
  { detail = () => '', expendable = false, ...options } = {},
) {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }

  const startedAtMs = Date.now();
  const line = () => `${label} … ${detail()}${Math.round((Date.now() - startedAtMs) / 1000)} s`;
  const onTerminal = process.stderr.isTTY === true;
  const show = () => (onTerminal ? process.stderr.write(`\r${line()}\x1b[K`) : say(line()));
  if (!onTerminal) say(`${label} …`);
  const timer = setInterval(show, onTerminal ? TTY_PROGRESS_MS : PLAIN_PROGRESS_MS);

  let interruptedBy = null;
  const onSignal = (signal) => {
    interruptedBy = signal;
    signalGroup(child, expendable ? 'SIGKILL' : signal);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(127);
    });
    child.on('close', (exitCode, signal) => resolve(exitCodeOf(exitCode, signal)));
  });
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);

  clearInterval(timer);
  if (onTerminal) process.stderr.write('\r\x1b[K');
  if (interruptedBy) process.exit(exitCodeOf(null, interruptedBy));
  say(
    `${label}: ${code === 0 ? 'done' : 'failed'}, ${detail()}${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`,
  );
  return { code, output };
}

/**
 * Runs programs in the foreground until the first one ends, then stops the others; returns that one's exit code.
 *
 * Each is in a session of its own, so that the terminal's Ctrl-C does not reach it: it gets exactly one signal, from
 * us, and we wait while it drains. A Ctrl-C repeated later ends it at once.
 */
export async function runForeground(commands) {
  const children = commands.map(({ file, args, ...options }) =>
    // An open pipe as stdin, rather than nothing: a tool that ends with its stdin ends when we are killed.
    spawn(file, args, { ...options, stdio: ['pipe', 'inherit', 'inherit'], detached: true }),
  );
  const alive = new Set(children);
  let stoppingSinceMs = null;

  const stop = (signal) => {
    stoppingSinceMs ??= Date.now();
    for (const child of alive) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (stoppingSinceMs === null) stop(signal === 'SIGHUP' ? 'SIGTERM' : signal);
      else if (signal === 'SIGINT' && Date.now() - stoppingSinceMs > SAME_WISH_MS) {
        say('Stopped at once.');
        for (const child of alive) signalGroup(child, 'SIGKILL');
      }
    });
  }

  // SIGTERM to npm ends npm and its shell, but the shell does not pass it on: when npm runs us, its end is our signal.
  const parentPid = process.ppid;
  const parentWatch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parentPid && stoppingSinceMs === null)
      stop('SIGTERM');
  }, PARENT_POLL_MS);

  let firstCode = null;
  const ends = children.map(
    (child) =>
      new Promise((resolve) => {
        const end = (code) => {
          alive.delete(child);
          firstCode ??= code;
          if (stoppingSinceMs === null) stop('SIGTERM');
          resolve();
        };
        child.on('error', (error) => {
          say(error.message);
          end(127);
        });
        child.on('exit', (code, signal) => end(exitCodeOf(code, signal)));
      }),
  );
  await Promise.all(ends);
  clearInterval(parentWatch);
  return firstCode;
}

/** Signals a child that leads its own group, and all that it started. */
function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // It ended in this very moment.
    if (error.code !== 'ESRCH') throw error;
  }
}
