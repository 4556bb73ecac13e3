import { Kbd } from '@mantine/core';
import { Dialog } from '../../components/dialog.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './frame.module.css';

/** All keys, on `?`. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  const { keys, nav } = useText();
  const groups: { title: string; rows: [words: string, keys: string[]][] }[] = [
    {
      title: keys.groups.go,
      rows: [
        [nav.today, ['g', 't']],
        [nav.orders, ['g', 'o']],
        [nav.stock, ['g', 's']],
        [nav.marketplaces, ['g', 'm']],
        [nav.tasks, ['g', 'k']],
      ],
    },
    {
      title: keys.groups.list,
      rows: [
        [keys.next, ['j']],
        [keys.previous, ['k']],
        [keys.open, ['Enter']],
        [keys.closeDetail, ['Esc']],
      ],
    },
    {
      title: keys.groups.anywhere,
      rows: [
        [keys.search, ['/']],
        [keys.help, ['?']],
      ],
    },
  ];
  return (
    <Dialog title={keys.title} onClose={onClose} size={560}>
      <div className={classes.keys}>
        {groups.map(({ title, rows }) => (
          <section key={title}>
            <h3 className={classes.keysTitle}>{title}</h3>
            {rows.map(([words, combo]) => (
              <div key={words} className={classes.keyRow}>
                <span>{words}</span>
                <span className={classes.keyCombo}>
                  {combo.map((key, index) => (
                    <span key={key} className={classes.keyCombo}>
                      {index > 0 && keys.followedBy}
                      <Kbd>{key}</Kbd>
                    </span>
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
      </div>
    </Dialog>
  );
}
