/** English words for what went wrong: what happened, what was kept, what to do. */
import type { FieldRule } from '@tradepost/contracts';
import { pluralIn } from './plural.ts';

const plural = pluralIn('en-GB');
const bound = (words: string) => plural({ one: words, other: words });

export const problems = {
  requestId: 'Request id',
  unreachable: {
    title: 'The server cannot be reached',
    kept: 'Nothing you entered here is lost.',
    help: 'Check the network, then try again.',
  },
  signedOut: {
    title: 'You are signed out',
    kept: 'Your work is saved.',
    help: 'Sign in and go on where you were.',
  },
  signInRefused: {
    title: 'E-mail or password is wrong',
    kept: '',
    help: 'Check both and try again.',
  },
  forbidden: {
    title: 'Your role does not allow this',
    kept: 'Nothing was changed.',
    help: 'Ask an owner of the shop for it.',
  },
  notFound: {
    title: 'This is not here',
    kept: 'It may have been removed, or it belongs to another shop.',
    help: 'Check the address, or go back to the list.',
  },
  conflict: {
    title: 'This changed meanwhile',
    kept: 'Nothing was changed by you.',
    help: 'Look at its present state and decide again.',
  },
  exists: {
    title: 'This exists already',
    kept: 'Nothing was changed.',
    help: 'Use the existing one, or choose another name.',
  },
  invalid: {
    title: 'Something in it is not right',
    kept: 'Nothing was changed.',
    help: 'Correct what is named and send it again.',
  },
  short: {
    title: 'There is not enough stock',
    kept: 'Nothing was taken.',
    help: 'Lower the quantity to what is available.',
    line: (sku: string, asked: string, available: string) => `${sku}: ${asked} asked, ${available} available`,
  },
  busy: {
    title: 'The server is busy',
    kept: 'Nothing was changed.',
    help: 'Wait a few seconds and try again.',
  },
  diskFull: {
    title: 'The disk of the server is full',
    kept: 'Nothing was changed. What is there can be read.',
    help: 'Tell whoever runs the server; try again when there is space.',
  },
  secretShown: {
    title: 'The key was made, but it is shown only once',
    kept: 'The key exists in the list.',
    help: 'Revoke it and make a new one.',
  },
  setupUsed: {
    title: 'This link does not work any more',
    kept: 'It is used up or was replaced by a newer one.',
    help: 'Take the newest link the server printed, or sign in.',
  },
  listMoved: {
    title: 'The list has moved on',
    kept: 'Nothing was changed.',
    help: 'Load it again from the top.',
  },
  lastOwner: {
    title: 'The shop would be without an owner',
    kept: 'Nothing was changed.',
    help: 'Make another person an owner first.',
  },
  passwordRefused: {
    title: 'That is not your present password',
    kept: 'Nothing was changed.',
    help: 'Type the password you sign in with now.',
  },
  codeRefused: {
    title: 'The code is wrong, used or too late',
    kept: '',
    help: 'Wait for the next code of the app, or use a recovery code.',
  },
  tooLarge: {
    title: 'That is too much at once',
    kept: 'Nothing was changed.',
    help: 'Send less of it, or in parts.',
  },
  /** Stands before the server's own words, where it said more than these here. */
  detail: 'The server says',
  ours: {
    title: 'Something went wrong on our side',
    kept: 'What you see stays as it is.',
    help: 'Try again. If it stays, give the request id to whoever runs the server.',
  },
  page: {
    title: 'This page cannot be shown',
    help: 'Load it again. If it stays, tell whoever runs the server.',
  },
  noPage: { title: 'There is no such page', help: 'The address may be mistyped.', action: 'Go to Today' },
};

/** What a refused field must be; the number is the bound that a `too_…` rule names. */
export const fieldRules: Record<FieldRule, (limit: number) => string> = {
  required: () => 'is missing',
  unknown: () => 'is not known here',
  once: () => 'may be given only once',
  format: () => 'is not in the form expected',
  choice: () => 'is not one of the possible values',
  too_small: bound('must be at least #'),
  too_big: bound('must be at most #'),
  too_short: plural({ one: 'must have at least # character', other: 'must have at least # characters' }),
  too_long: plural({ one: 'must have at most # character', other: 'must have at most # characters' }),
  too_few: plural({ one: 'must have at least # entry', other: 'must have at least # entries' }),
  too_many: plural({ one: 'must have at most # entry', other: 'must have at most # entries' }),
};

/** Fields of forms by the last part of their path; one that is not here is named as the interface names it. */
export const fields: Record<string, string> = {
  name: 'Name',
  email: 'E-mail',
  password: 'Password',
  username: 'Username',
  baseUrl: 'Address',
  quantity: 'Pieces',
  reason: 'Reason',
  sku: 'SKU',
  barcode: 'EAN',
  priceMinor: 'Price',
  costMinor: 'Cost',
  tenantName: 'Name of the shop',
  search: 'Search',
  scopes: 'What it may do',
  expiresAt: 'Ends',
};
