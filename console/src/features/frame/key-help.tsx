import { Kbd } from '@mantine/core';
import { Dialog } from '../../components/dialog.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './frame.module.css';
import { keyGroups } from './keys.ts';

/** All keys, on `?`. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  const text = useText();
  return (
    <Dialog title={text.keys.title} onClose={onClose} size={560}>
      <div className={classes.keys}>
        {keyGroups(text).map(({ title, rows }) => (
          <section key={title}>
            <h3 className={classes.keysTitle}>{title}</h3>
            {rows.map(({ words, keys, held }) => (
              <div key={words} className={classes.keyRow}>
                <span>{words}</span>
                <span className={classes.keyCombo}>
                  {keys.map((key, index) => (
                    <span key={key} className={classes.keyCombo}>
                      {index > 0 && (held ? '+' : text.keys.followedBy)}
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
