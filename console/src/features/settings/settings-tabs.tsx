import { Link } from '@tanstack/react-router';
import { Tabs } from '../../components/tabs.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';

/** The parts of the settings that this person may see. */
export function SettingsTabs() {
  const { settings, shop, people, locations, audit } = useText();
  const mayPeople = useCan('members.read');
  const mayStock = useCan('inventory.read');
  const mayKeys = useCan('keys.read');
  const mayAudit = useCan('audit.read');
  return (
    <Tabs label={settings.title}>
      <Link to="/settings" activeOptions={{ exact: true }}>
        {shop.title}
      </Link>
      {mayPeople && <Link to="/settings/people">{people.title}</Link>}
      {mayStock && <Link to="/settings/locations">{locations.title}</Link>}
      {mayKeys && <Link to="/settings/keys">{settings.keys}</Link>}
      {mayAudit && (
        <Link to="/settings/audit" activeOptions={{ includeSearch: false }}>
          {audit.title}
        </Link>
      )}
    </Tabs>
  );
}
