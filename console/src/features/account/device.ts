/** Browsers before those whose names theirs contain: Edge calls itself Chrome, and Chrome calls itself Safari. */
const browsers: readonly [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: readonly [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** A User-Agent as people know it, such as `Firefox · Windows`; its first word where it is no browser; null for none. */
export function deviceWords(userAgent: string | null): string | null {
  if (!userAgent) return null;
  const named = (among: typeof browsers) => among.find(([pattern]) => pattern.test(userAgent))?.[1];
  const known = [named(browsers), named(systems)].filter((word) => word !== undefined);
  return known.length > 0 ? known.join(' · ') : (userAgent.split(/[\s/]/)[0] ?? null);
}
