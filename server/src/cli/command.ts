/**
 * A command of `tradepost` as data. Parsing, help, completion and docs/reference/command-line.md all read the one table in
 * commands.ts, so none of them can say what another does not.
 */
import { z } from 'zod';
import { CliError } from './exit-codes.ts';
import type { Session } from './session.ts';

/** What a value may be. */
interface Kind<T> {
  schema: z.ZodType<T, string>;
  /** Ends the sentence "allowed is …". */
  allowed: string;
  /** All of them, where they can be listed. */
  values?: readonly string[];
}

export interface Option<T> {
  description: string;
  /** Stands for its value; null for a switch. */
  placeholder: string | null;
  values: readonly string[];
  isRequired: boolean;
  /** @throws CliError naming the option, its value and what is allowed */
  read(name: string, given: string | true | undefined): T;
}

export interface Argument<T> {
  placeholder: string;
  description: string;
  values: readonly string[];
  read(given: string): T;
}

export type Options = Record<string, Option<unknown>>;
type Values<O extends Options> = { [K in keyof O]: O[K] extends Option<infer T> ? T : never };

export interface Given {
  argument: string | undefined;
  options: ReadonlyMap<string, string | true>;
}

export interface Command {
  /** One or two words: `doctor`, `tenant create`. */
  name: string;
  summary: string;
  /** More to know, beneath the options. */
  notes: string | undefined;
  /** Whole command lines without the leading `tradepost`. */
  examples: readonly string[];
  argument: Argument<unknown> | undefined;
  options: Options;
  /** Returns the exit code. */
  run(session: Session, given: Given): Promise<number>;
}

export function defineCommand<A, O extends Options>(spec: {
  name: string;
  summary: string;
  notes?: string;
  examples: readonly string[];
  argument?: Argument<A>;
  options?: O;
  /** Gives nothing for the exit code 0. */
  run(session: Session, input: { argument: A; options: Values<O> }): Promise<number | undefined>;
}): Command {
  const options = spec.options ?? ({} as O);
  return {
    name: spec.name,
    summary: spec.summary,
    notes: spec.notes,
    examples: spec.examples,
    argument: spec.argument,
    options,
    async run(session, given) {
      const values = Object.entries(options).map(([name, o]) => [
        name,
        o.read(name, given.options.get(name)),
      ]);
      // Without an argument in the table the parser has let none through.
      const argument = spec.argument?.read(given.argument ?? '') as A;
      return (await spec.run(session, { argument, options: Object.fromEntries(values) as Values<O> })) ?? 0;
    },
  };
}

export function flag(description: string): Option<boolean> {
  return {
    description,
    placeholder: null,
    values: [],
    isRequired: false,
    read: (_name, given) => given === true,
  };
}

export function option<T>(placeholder: string, kind: Kind<T>, description: string): Option<T | undefined> {
  return {
    description,
    placeholder,
    values: kind.values ?? [],
    isRequired: false,
    read: (name, given) =>
      typeof given === 'string' ? readValue(kind, `--${name}=${JSON.stringify(given)}`, given) : undefined,
  };
}

export function requiredOption<T>(placeholder: string, kind: Kind<T>, description: string): Option<T> {
  const { values, read } = option(placeholder, kind, description);
  return {
    description,
    placeholder,
    values,
    isRequired: true,
    read(name, given) {
      const value = read(name, given);
      if (value === undefined)
        throw new CliError('usage', `--${name} is missing; allowed is ${kind.allowed}.`);
      return value;
    },
  };
}

export function argument<T>(placeholder: string, kind: Kind<T>, description: string): Argument<T> {
  return {
    placeholder,
    description,
    values: kind.values ?? [],
    read: (given) => readValue(kind, `<${placeholder}> ${JSON.stringify(given)}`, given),
  };
}

function readValue<T>(kind: Kind<T>, named: string, given: string): T {
  const result = kind.schema.safeParse(given);
  if (result.success) return result.data;
  throw new CliError('usage', `${named} is refused; allowed is ${kind.allowed}.`);
}

export const kinds = {
  text: (max: number): Kind<string> => ({
    schema: z.string().trim().min(1).max(max),
    allowed: `a text of at most ${max} characters`,
  }),
  oneOf: <const V extends readonly [string, ...string[]]>(values: V): Kind<V[number]> => ({
    schema: z.enum(values),
    allowed: `one of ${values.join(', ')}`,
    values,
  }),
  someOf: <const V extends readonly [string, ...string[]]>(values: V): Kind<V[number][]> => ({
    schema: z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(z.array(z.enum(values)).min(1)),
    allowed: `a comma-separated list of ${values.join(', ')}`,
    values,
  }),
  whole: (min: number, max: number): Kind<number> => ({
    schema: z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number)
      .pipe(z.int().min(min).max(max)),
    allowed: `a whole number from ${min} to ${max}`,
  }),
  email: {
    schema: z.string().trim().pipe(z.email().max(254)),
    allowed: 'an e-mail address such as ana@shop.example',
  } satisfies Kind<string>,
  id: { schema: z.string().toLowerCase().pipe(z.uuid()), allowed: 'an id (UUID)' } satisfies Kind<string>,
  slug: {
    schema: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    allowed: 'small letters, digits and dashes, at most 63, not beginning with a dash',
  } satisfies Kind<string>,
};
