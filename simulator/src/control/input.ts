import { type Fields, isFields } from '../http/body.ts';

/** A refused control call: plain `{message}` that names the field. */
export class ControlError extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** The body of a control call; an empty one is `{}`. */
export function parseControlBody(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlError('the body is no valid JSON');
  }
}

export function objectIn(value: unknown, name: string, allowedKeys: readonly string[]): Fields {
  if (!isFields(value)) throw new ControlError(`${name} must be an object`);
  for (const key of Object.keys(value)) {
    if (!allowedKeys.includes(key)) {
      throw new ControlError(`${name} has no field ${key}; allowed: ${allowedKeys.join(', ')}`);
    }
  }
  return value;
}

export function listIn(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ControlError(`${name} must be a list`);
  return value;
}

export function numberIn(fields: Fields, key: string, min: number, max: number): number | undefined {
  const value = fields[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new ControlError(`${key} must be a number from ${min} to ${max}`);
  }
  return value;
}

export function integerIn(fields: Fields, key: string, min: number, max: number): number | undefined {
  const value = numberIn(fields, key, min, max);
  if (value !== undefined && !Number.isInteger(value))
    throw new ControlError(`${key} must be a whole number`);
  return value;
}

export function textIn(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  if (value !== undefined && (typeof value !== 'string' || value === '')) {
    throw new ControlError(`${key} must be a text`);
  }
  return value;
}

export function booleanIn(fields: Fields, key: string): boolean | undefined {
  const value = fields[key];
  if (value === undefined || typeof value === 'boolean') return value;
  throw new ControlError(`${key} must be true or false`);
}

/** A switch as the environment writes it, or a boolean. */
export function switchIn(fields: Fields, key: string): boolean | undefined {
  const value = fields[key];
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === 'on' || value === 'off') return value === 'on';
  throw new ControlError(`${key} must be on or off`);
}

export function choiceIn<T>(fields: Fields, key: string, choices: readonly T[]): T | undefined {
  const value = fields[key];
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new ControlError(`${key} must be one of ${choices.map(String).join(', ')}`);
  return found;
}

export function required<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new ControlError(`${key} is required`);
  return value;
}
