/** Takes a list along as a file. The links are the files themselves: the browser downloads them, however large. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ImportKind } from '@tradepost/contracts';
import { addressOf } from '../../api/call.ts';
import type { CallInput, Operation } from '../../api/endpoints.ts';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';

type Export = Extract<Operation, `export${string}`>;

interface Props<K extends Export> {
  operation: K;
  /** Narrows it as the list is narrowed. */
  query?: CallInput<K> extends { query?: infer Q } ? Q : never;
  /** Files of this kind can be brought in again. */
  kind?: ImportKind;
  /** Beside a section's title rather than a page's. */
  compact?: boolean;
}

const formats = ['csv', 'xlsx'] as const;

export function ExportMenu<K extends Export>({ operation, query, kind, compact }: Props<K>) {
  const { exports } = useText();
  const mayImport = useCan('imports.read');
  const narrow = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        {narrow ? (
          <ActionIcon aria-label={exports.title}>
            <IconDownload size={18} aria-hidden />
          </ActionIcon>
        ) : (
          <Button
            variant={compact ? 'subtle' : 'default'}
            size={compact ? 'compact-xs' : 'xs'}
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {exports.title}
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={addressOf(operation, { params: { format }, query } as CallInput<K>)}
            download
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {exports[format]}
          </Menu.Item>
        ))}
        {kind && mayImport && (
          <>
            <Menu.Divider />
            <Menu.Item
              // The component of a menu's item loses what the router knows of its addresses.
              renderRoot={(props) => <Link to="/imports" search={{ kind }} {...props} />}
              leftSection={<IconUpload size={14} aria-hidden />}
            >
              {exports.import}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
