import { MantineThemeProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useText } from '../i18n/locale.tsx';

/** Where toasts appear. The cross of each has a name in the screen's language. */
export function Toasts() {
  const { actions } = useText();
  const closeButtonProps = { 'aria-label': actions.close };
  return (
    <MantineThemeProvider
      inherit
      theme={{ components: { Notification: { defaultProps: { closeButtonProps } } } }}
    >
      <Notifications position="bottom-center" limit={3} />
    </MantineThemeProvider>
  );
}
