import { type AccountSettings, defaultAccounts } from './accounts.ts';
import { ControlError } from './control/input.ts';
import { readAccount } from './control/settings-input.ts';

/** The simulator's environment; the README has the table. */
export interface Config {
  port: number;
  host: string;
  dataDir: string;
  seed: number;
  ordersPerMinute: number;
  rateLimits: boolean;
  accounts: readonly AccountSettings[];
  outages: boolean;
  actors: boolean;
  /** The simulator ends when this process is gone; null = it stands alone. */
  parentPid: number | null;
}

/** One line per wrong variable: its name, its value and what is allowed. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Empty variables count as absent. Throws ConfigError naming all wrong ones. */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  const wrong = (name: string, allowed: string) => {
    problems.push(`${name}=${JSON.stringify(env[name])} is wrong: ${allowed}`);
  };
  const number = (name: string, standard: number, min: number, max: number, whole: boolean) => {
    const text = given(name);
    if (text === undefined) return standard;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    wrong(name, `${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`);
    return standard;
  };
  const onOff = (name: string, standard: boolean) => {
    const text = given(name);
    if (text === undefined || text === 'on' || text === 'off')
      return text === undefined ? standard : text === 'on';
    wrong(name, 'on or off');
    return standard;
  };
  const parentPid = number('SIMULATOR_PARENT_PID', 0, 1, 4_194_304, true);
  const config: Config = {
    port: number('PORT', 8100, 0, 65_535, true),
    host: given('HOST') ?? '127.0.0.1',
    dataDir: given('DATA_DIR') ?? './data',
    seed: number('SIMULATOR_SEED', 1, 0, 4_294_967_295, true),
    ordersPerMinute: number('SIMULATOR_ORDERS_PER_MINUTE', 15, 0, 60_000, false),
    rateLimits: onOff('SIMULATOR_RATE_LIMITS', true),
    accounts: readAccounts(given('SIMULATOR_ACCOUNTS'), (allowed) => {
      // The value holds passwords, so it is not repeated.
      problems.push(`SIMULATOR_ACCOUNTS is wrong: ${allowed}`);
    }),
    outages: onOff('SIMULATOR_OUTAGES', false),
    actors: onOff('SIMULATOR_ACTORS', true),
    parentPid: parentPid === 0 ? null : parentPid,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function readAccounts(
  text: string | undefined,
  wrong: (allowed: string) => void,
): readonly AccountSettings[] {
  if (text === undefined) return defaultAccounts;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (!Array.isArray(value) || value.length === 0) {
    wrong('a JSON list of {"name","tenant"?,"username","password","platform"?,"fbe"?}');
    return defaultAccounts;
  }
  try {
    const accounts = value.map(readAccount);
    if (new Set(accounts.map(({ username }) => username)).size === accounts.length) return accounts;
    wrong('every username once');
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    wrong(error.message);
  }
  return defaultAccounts;
}
