/** English words of the page that proves the stock. */
import type { DriftKind, ProofRule } from '@tradepost/contracts';
import { pluralIn } from './plural.ts';

const plural = pluralIn('en-GB');

export const proof = {
  title: 'Proof',
  heading: 'Proof of the stock',

  sell: 'Nothing is sold twice',
  sellLead:
    'A try on this very database, under the worst that a sale can bring: buyers in several processes want more than there is, with crossing baskets and repeated requests, they cancel and let deadlines pass, and processes are killed in the middle. Then the books are opened. It happens in a shop made for it, which is removed afterwards: your stock, orders and marketplaces see nothing of it.',
  buyers: 'Buyers',
  pieces: 'Pieces',
  piecesHelp: 'Of twenty items',
  processes: 'Processes',
  processesHelp: 'All but one are killed',
  run: 'Run the proof',
  ownersOnly: 'An owner can run it.',
  load: 'While it runs, other work may take a little longer.',
  never: {
    title: 'Not proved here yet',
    help: 'It takes a few seconds. What was checked, with what result and how fast, stays here.',
  },
  holds: 'It holds',
  breached: 'It does not hold',
  holdsWords: (buyers: string, pieces: string) =>
    `${buyers} wanted ${pieces} in crossing baskets. Not one was sold or held twice.`,
  breachedWords:
    'Below is what broke. Stop selling until it is understood, and send the report of the task to whoever runs the server.',
  buyersCount: plural({ one: '# buyer', other: '# buyers' }),
  piecesCount: plural({ one: '# piece', other: '# pieces' }),
  perSecond: 'Requests a second',
  took: (duration: string) => `in ${duration}`,
  reserved: 'Got their basket',
  refused: (count: string) => `${count} were told it is short`,
  ended: 'Bought',
  endedNote: (released: string, expired: string) => `${released} cancelled · ${expired} too late`,
  repeated: 'Sent again',
  killed: plural({ one: '# process killed', other: '# processes killed' }),
  checked: 'What was checked',
  checks: (count: string) => `${count} checked`,
  report: 'Report of the task',
  more: (count: string) => `The first ${count} places`,
  rules: {
    never_oversold: 'Nothing is sold or held beyond what there was',
    all_answered: 'Every buyer is answered, and only with yes or short',
    kept_as_told: 'What a buyer was told is what is stored',
    once_per_key: 'A request has one effect, however often it is sent',
    within_bounds: 'No figure is below zero, and no more is reserved than is there',
    reserved_is_held: 'What is reserved is the sum of the live reservations',
    ledger_adds_up: 'The movements add up to what is on hand',
    announced_once: 'Every change was announced once, and is in the history',
  } satisfies Record<ProofRule, string>,
  earlier: 'Proofs so far',
  when: 'When',
  result: 'Result',

  books: 'The books add up',
  booksLead:
    'Once a day every figure is worked out again: what is on hand from all movements ever made, what is reserved from the live reservations, and each balance from the one before it.',
  check: 'Check now',
  notChecked: {
    title: 'Not checked yet',
    help: 'The first check comes by itself within a day.',
  },
  clean: 'Everything adds up. There is nothing to repair.',
  checkedAt: 'Checked',
  scope: (levels: string, movements: string) => `${levels} · ${movements}`,
  levels: plural({ one: '# level', other: '# levels' }),
  movements: plural({ one: '# movement', other: '# movements' }),
  drifts: plural({
    one: '# figure does not add up',
    other: '# figures do not add up',
  }),
  driftsHelp:
    'The figure that people saw counts as true. A repair changes nothing of the past: it is a movement of its own, in your name. If the shelf says otherwise, count it afterwards.',
  item: 'Item',
  location: 'Location',
  found: 'Found',
  what: 'What does not add up',
  kinds: {
    on_hand: (actual: string, expected: string) =>
      `${actual} on hand, but the movements add up to ${expected}`,
    reserved: (actual: string, expected: string) =>
      `${actual} reserved, but live reservations hold ${expected}`,
    chain: (actual: string, expected: string) =>
      `A movement ends at ${actual}, though ${expected} follows from the one before`,
  } satisfies Record<DriftKind, unknown>,
  remedy: 'What a repair does',
  remedies: {
    on_hand: (by: string, actual: string) => `A movement of ${by}; ${actual} stay on hand`,
    reserved: (expected: string) => `Reserved becomes ${expected}`,
    chain: 'A movement of 0 marks the place; stock stays as it is',
  },
  repair: 'Repair',
  repairOf: (sku: string) => `Repair ${sku}`,
  repairAll: plural({ one: 'Repair # figure', other: 'Repair # figures' }),
  repaired: plural({ one: '# figure is repaired', other: '# figures are repaired' }),
  gone: plural({ one: '# was right again already', other: '# were right again already' }),
  aboveOnHand: plural({
    one: '# is left: more is promised than there is. Count the item first; a count releases what cannot be kept.',
    other:
      '# are left: more is promised than there is. Count the items first; a count releases what cannot be kept.',
  }),
  repairs: 'Repairs so far',
  repairedAt: 'Repaired',
  by: 'By',
  bySystem: 'Tradepost',
};
