/**
 * What a person chose, kept in this browser under their id, so that two people at one desk do not meddle with each
 * other. Nothing here is needed to work: where the browser refuses storage, a choice lasts until the page is closed.
 */
import { useCallback, useSyncExternalStore } from 'react';

/** One thing kept: its name, what holds before a choice was made, and whether what was found stored is still one. */
export interface Kept<T> {
  key: string;
  fallback: T;
  valid: (value: unknown) => value is T;
}

const PREFIX = 'tradepost';
let person = 'nobody';
/** Read once each, so that a screen gets the same object until it changes. */
const values = new Map<string, unknown>();
const listeners = new Set<() => void>();

/** From now on it is this person's choices that are read and kept. */
export function keepFor(personId: string): void {
  if (personId === person) return;
  person = personId;
  tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}

function placeOf(key: string): string {
  return `${PREFIX}:${person}:${key}`;
}

export function readKept<T>({ key, fallback, valid }: Kept<T>): T {
  const place = placeOf(key);
  if (!values.has(place)) values.set(place, readStored(place));
  const value = values.get(place);
  return valid(value) ? value : fallback;
}

function readStored(place: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(place) ?? 'null');
  } catch {
    return null;
  }
}

export function keep<T>({ key }: Kept<T>, value: T): void {
  const place = placeOf(key);
  values.set(place, value);
  try {
    localStorage.setItem(place, JSON.stringify(value));
  } catch {
    // Refused or full: the choice holds for this page.
  }
  tell();
}

/** A choice made in another tab holds here, too. */
function onStorage(event: StorageEvent): void {
  if (event.key === null) values.clear();
  else if (event.key.startsWith(`${PREFIX}:`)) values.delete(event.key);
  else return;
  tell();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('storage', onStorage);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('storage', onStorage);
  };
}

/** A kept choice and the way to change it. `kept` is made once, outside of the component or memoized. */
export function useKept<T>(kept: Kept<T>): [value: T, set: (next: T) => void] {
  const value = useSyncExternalStore(subscribe, () => readKept(kept));
  const set = useCallback((next: T) => keep(kept, next), [kept]);
  return [value, set];
}

/** For `valid`: one of these words. */
export function oneOf<T extends string>(words: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => words.some((word) => word === value);
}
