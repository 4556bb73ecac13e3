/**
 * The supervisor: holds DATA_DIR, the embedded database and the port, and keeps the processes that serve.
 *
 * Invariants
 *   * It does no work of its own that could end it: what serves, and may break, is in the others.
 *   * A process is replaced when it ends, at once the first time and after growing pauses when that does not help. The
 *     others never notice but by their share of the work.
 *   * A worn process ends only after its successor serves, one at a time.
 *   * One process at a time tends what there must be one of; when it ends another one takes that over.
 *
 * Why node:cluster, and what was rejected: docs/decisions/0006-several-processes.md.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '#platform/config';
import { createMetrics, joinSnapshots, type MetricSnapshot } from '#platform/telemetry';
import type { Installation } from './installation.ts';
import type { CrewState, Order, Report } from './messages.ts';

/** The program cannot start, because the first of its processes could not; that one said why. */
export class WorkerFailedError extends Error {
  override name = 'WorkerFailedError';
  readonly code: number;
  /** @param end its exit code, or the signal that ended it */
  constructor(end: number | string) {
    super(`The first process ended (${end}) before it served.`);
    this.code = typeof end === 'number' && end > 0 ? end : 1;
  }
}

/** One that lived so long was no hopeless start. */
const steadyMs = 30_000;
const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** Longer than the tasks' grace; then a process is ended whatever it does. */
const stopPatienceMs = 20_000;
/** Nobody waits for a renewed process, so its clients have time to change to the others. */
const renewalFarewellMs = 5000;
const endFarewellMs = 500;
const measurePatienceMs = 1000;

interface Member {
  pid: number;
  startedAtMs: number;
  isServing: boolean;
  isStopping: boolean;
  /** The address; null when it ended before. */
  serving: Promise<string | null>;
  worn: Promise<void>;
  /** Resolves with its exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  send(order: Order): void;
  /** Asks it to come to its end, and waits for that. */
  stop(farewellMs: number): Promise<void>;
}

export interface Supervisor {
  /** Resolves with the address when every process serves. @throws WorkerFailedError */
  start(): Promise<string>;
  stop(): Promise<void>;
}

export function createSupervisor(deps: {
  config: Config;
  installation: Installation;
  log: Logger;
  /** For lines that come after `ready`. */
  tell: (line: string) => void;
}): Supervisor {
  const { log, installation } = deps;
  let { config } = deps;
  const wanted = config.supervisor?.workers ?? 1;
  const members = new Set<Member>();
  const halting = new AbortController();
  const tending = Promise.withResolvers<void>();
  const complete = Promise.withResolvers<void>();
  let tender: Member | null = null;
  let isGreeted = false;
  let restarts = 0;
  let renewals = 0;
  let baseUrls: string[] = [];
  const gatherings = new Map<number, (metrics: MetricSnapshot) => void>();
  let asks = 0;
  const metrics = createMetrics({ ofProcess: false });
  metrics.gauge('tradepost_processes_serving', 'Processes that serve', () => state().serving);
  metrics.gauge('tradepost_process_restarts', 'Processes that ended by themselves', () => restarts);
  metrics.gauge('tradepost_process_renewals', 'Processes renewed after their requests', () => renewals);

  // All accept from one queue, which no end of a process disturbs.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Advanced: the settings hold a set.
  cluster.setupPrimary({ serialization: 'advanced' });

  function state(): CrewState {
    const serving = [...members].filter((m) => m.isServing && !m.isStopping).length;
    return { serving, wanted, restarts, renewals, baseUrls };
  }

  /** Everybody is told how things stand, and somebody tends. */
  function changed(): void {
    const now = state();
    for (const member of members) member.send({ kind: 'crew', state: now });
    if (now.serving === wanted) complete.resolve();
    if (tender !== null || halting.signal.aborted) return;
    tender = [...members].find((m) => m.isServing && !m.isStopping) ?? null;
    tender?.send({ kind: 'tend', greet: !isGreeted });
  }

  function launch(): Member {
    const worker = cluster.fork();
    const serving = Promise.withResolvers<string | null>();
    const worn = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<number | string>();
    const member: Member = {
      pid: worker.process.pid ?? 0,
      startedAtMs: performance.now(),
      isServing: false,
      isStopping: false,
      serving: serving.promise,
      worn: worn.promise,
      ended: ended.promise,
      send: (order) => sendTo(worker, order),
      async stop(farewellMs) {
        if (!member.isStopping) {
          member.isStopping = true;
          changed();
          // One that does not serve yet has nothing to bring to an end.
          if (member.isServing) member.send({ kind: 'stop', farewellMs });
          else worker.process.kill('SIGKILL');
        }
        const force = setTimeout(() => worker.process.kill('SIGKILL'), stopPatienceMs);
        await member.ended;
        clearTimeout(force);
      },
    };
    members.add(member);
    worker.on('error', (err) => log.warn({ err, process: member.pid }, 'a process could not be spoken to'));
    worker.on('exit', (code, signal) => {
      members.delete(member);
      if (tender === member) tender = null;
      serving.resolve(null);
      ended.resolve(signal ?? code ?? 1);
      changed();
    });
    worker.on('message', (report: Report) => {
      if (report.kind === 'serving') {
        member.isServing = true;
        serving.resolve(report.url);
        changed();
      } else if (report.kind === 'worn') worn.resolve();
      else if (report.kind === 'tell') deps.tell(report.line);
      else if (report.kind === 'tending') {
        isGreeted = true;
        tending.resolve();
      } else if (report.kind === 'base_urls') {
        ({ baseUrls } = report);
        changed();
      } else if (report.kind === 'measured') gatherings.get(report.ask)?.(report.metrics);
      else void measure().then((text) => member.send({ kind: 'measured', ask: report.ask, text }));
    });
    member.send({ kind: 'begin', config, ...installation });
    return member;
  }

  /** Keeps one place filled until the end. */
  async function keep(first: Member): Promise<void> {
    let member = first;
    let pauseMs = 0;
    for (;;) {
      const end = await Promise.race([member.ended, member.worn]);
      if (halting.signal.aborted) return;
      if (end === undefined) {
        member = await takeTurn(() => renew(member));
        continue;
      }
      restarts++;
      const lived = performance.now() - member.startedAtMs;
      pauseMs = lived > steadyMs ? 0 : pauseMs;
      log.error({ process: member.pid, end, pauseMs }, 'a process ended; another takes its place');
      await delay(pauseMs, undefined, { signal: halting.signal }).catch(() => {});
      if (halting.signal.aborted) return;
      pauseMs = Math.min(Math.max(2 * pauseMs, firstPauseMs), longestPauseMs);
      member = launch();
    }
  }

  /** Its successor, once that serves; itself, when there can be none. */
  async function renew(old: Member): Promise<Member> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      if (halting.signal.aborted || !members.has(old)) return old;
      const fresh = launch();
      if ((await fresh.serving) !== null) {
        renewals++;
        await old.stop(renewalFarewellMs);
        return fresh;
      }
      log.error({ process: fresh.pid }, 'the successor of a process ended before it served; tried again');
      await delay(pauseMs, undefined, { signal: halting.signal }).catch(() => {});
    }
  }

  /** One at a time: each renewal is a process, and its connections, more. */
  let turn: Promise<unknown> = Promise.resolve();
  function takeTurn<R>(work: () => Promise<R>): Promise<R> {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  /** The metrics of all processes in one text; one that does not answer within a second is left out. */
  async function measure(): Promise<string> {
    const ask = ++asks;
    const asked = [...members].filter((m) => m.isServing);
    const answers: MetricSnapshot[] = [];
    await new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, measurePatienceMs);
      gatherings.set(ask, (answer) => {
        answers.push(answer);
        if (answers.length < asked.length) return;
        clearTimeout(patience);
        resolve();
      });
      for (const member of asked) member.send({ kind: 'measure', ask });
    });
    gatherings.delete(ask);
    return joinSnapshots([...answers, await metrics.snapshot()]);
  }

  return {
    async start() {
      // All must ask for the same number; a shared 0 would be forgotten if all of them ended at once.
      if (config.port === 0) config = { ...config, port: await findFreePort(config.host) };
      const first = launch();
      const url = await first.serving;
      if (url === null) throw new WorkerFailedError(await first.ended);
      const others = Array.from({ length: wanted - 1 }, launch);
      for (const member of [first, ...others]) void keep(member);
      await Promise.all([tending.promise, complete.promise]);
      return url;
    },
    async stop() {
      halting.abort();
      await Promise.all([...members].map((member) => member.stop(endFarewellMs)));
    },
  };
}

function sendTo(worker: Worker, order: Order): void {
  // One that has just ended is told nothing any more; its end is noticed by its exit.
  if (worker.isConnected()) worker.send(order, () => {});
}

async function findFreePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
