/** What the platform itself knows of time zones and locales: Node and browsers carry the tables. */

/** Whether it is an IANA name, such as `Europe/Bucharest`; an offset such as `+02:00` is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether it is a well-formed BCP 47 tag, such as `ro-RO`. */
export function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
