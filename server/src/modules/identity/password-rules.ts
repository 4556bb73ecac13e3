/** Which passwords are refused although they are long enough: those that guessers try first. */
import { invalidField } from '#platform/http';

/** What the commonest long passwords are made of, one or several, with digits and signs around them. */
const commonWords = new Set(
  `password passwort passw passwd parola secret letmein welcome admin administrator root user guest login master
  default changeme test testing demo qwerty qwertz azerty asdf asdfgh zxcvbn iloveyou love you dragon monkey football
  baseball basketball sunshine princess superman batman trustno shadow michael jordan hello hallo whatever starwars
  computer internet samsung google facebook tradepost shop store magazin emag romania bucuresti summer winter spring
  autumn january monday abc abcd abcde abcdef one two three my the is new`.split(/\s+/),
);

/** Runs of neighbours, on the keyboard and in the alphabet; read backwards too. */
const runs = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
].flatMap((run) => [run, [...run].reverse().join('')]);

const fewestCharacters = 5;
const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Why nobody should have this password; null when nothing speaks against it. `email` is its owner's. */
export function passwordFault(password: string, email: string): string | null {
  const plain = password.trim().toLowerCase();
  const address = email.toLowerCase();
  if (plain === address || plain === address.split('@', 1)[0]) return 'must not be your e-mail address';
  const isCommon =
    new Set(plain).size < fewestCharacters ||
    runs.some((run) => run.includes(plain)) ||
    isMadeOfWords(plain) ||
    isMadeOfWords(coreOf(plain).replace(/[013457@$!]/g, (sign) => lookalikes[sign]!));
  return isCommon ? 'must not be one of the commonest passwords' : null;
}

/** Without the digits and signs around it, which are no letters in disguise. */
function coreOf(plain: string): string {
  return plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

/** Whether nothing but common words is left when digits and signs are taken away: `Password2024!`, `admin-admin`. */
function isMadeOfWords(plain: string): boolean {
  const parts = plain.split(/[^\p{L}]+/u).filter((part) => part !== '');
  return parts.length > 0 && parts.every((part) => isSplitIntoWords(part));
}

function isSplitIntoWords(text: string): boolean {
  // reachable[i]: the first i letters are words.
  const reachable = [true];
  for (let end = 1; end <= text.length; end++) {
    reachable[end] = reachable.some((from, start) => from && commonWords.has(text.slice(start, end)));
  }
  return reachable[text.length]!;
}

/** @throws HttpProblem VALIDATION_FAILED naming `field` */
export function refuseCommonPassword(field: string, password: string, email: string): void {
  const fault = passwordFault(password, email);
  if (fault !== null) throw invalidField(field, fault);
}
