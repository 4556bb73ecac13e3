import type { StockLevel } from '@tradepost/contracts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import {
  type Entry,
  type Group,
  itemEntry,
  type PaletteDoors,
  useCommands,
  useRecordEntry,
} from './entries.tsx';
import { best } from './fuzzy.ts';
import { useRecent } from './recent.ts';
import { useFound } from './use-found.ts';

/** What was chosen that needs a dialog of its own. */
export type Choice = { kind: 'adjust'; level: StockLevel } | { kind: 'connect' };

/** Pages and actions that a query shows at most. */
const COMMANDS_SHOWN = 6;

export interface ResultList {
  /** Flat and in the order shown; the groups follow one another. */
  entries: Entry[];
  searching: boolean;
  failed: boolean;
}

/**
 * @param typed what stands in the field; pages and actions follow it at once
 * @param search the same once the typing has paused; the server is asked for it
 * @param choosingItem only stock is searched, for adjusting it
 */
export function useResults(
  typed: string,
  search: string,
  choosingItem: boolean,
  doors: PaletteDoors & { adjust: (level: StockLevel) => void },
): ResultList {
  const { stock } = useText();
  const formats = useFormats();
  const commands = useCommands(doors);
  const recordEntry = useRecordEntry();
  const recent = useRecent();
  const { several, nameOf } = useLocations();
  const found = useFound(search, choosingItem);
  const { searching, failed } = found;

  if (choosingItem) {
    const entries = found.levels.map((level) =>
      itemEntry(
        level,
        [
          level.sku,
          ...(several ? [nameOf(level.location)] : []),
          `${stock.onHand} ${formats.number(level.onHand)}`,
        ].join(' · '),
        () => doors.adjust(level),
      ),
    );
    return { entries, searching, failed };
  }
  if (typed === '') {
    return {
      entries: [...recent.map((each) => recordEntry(each, 'recent')), ...commands],
      searching,
      failed,
    };
  }
  const answering = best(commands, typed, ({ label, words }) => `${label} ${words ?? ''}`, COMMANDS_SHOWN);
  const records = found.records.map((record) => recordEntry(record));
  return { entries: inGroups([...answering, ...records]), searching, failed };
}

const order: readonly Group[] = [
  'recent',
  'pages',
  'actions',
  'order',
  'product',
  'stock',
  'account',
  'purchase_order',
  'supplier',
  'task',
];

function inGroups(entries: Entry[]): Entry[] {
  return order.flatMap((group) => entries.filter((entry) => entry.group === group));
}
