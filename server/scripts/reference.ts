/** The pages of docs/reference that are made from the code, by their path from the root of the checkout. */
import {
  allPermissions,
  errorCatalogue,
  errorCodes,
  permissions,
  type RouteContract,
  rolePermissions,
  roles,
  routes,
} from '@tradepost/contracts';
import { eventsReference } from '#modules/realtime';
import { configurationReference } from '#platform/config';
import { errorsOf } from '#platform/http';
import { commandLineReference } from '../src/cli/reference.ts';

export const referencePages: Record<string, () => string> = {
  'docs/reference/configuration.md': configurationReference,
  'docs/reference/errors.md': errorsReference,
  'docs/reference/permissions.md': permissionsReference,
  'docs/reference/events.md': eventsReference,
  'docs/reference/command-line.md': commandLineReference,
};

const contracts: readonly RouteContract[] = Object.values(routes);

function errorsReference(): string {
  const rows = errorCodes.map((code) => {
    const { status, title, help } = errorCatalogue[code];
    const declaredBy = contracts.filter((c) => c.errors?.some((e) => e === code)).map((c) => c.operation);
    const always = contracts.filter((c) => errorsOf(c).includes(code)).length === contracts.length;
    const where = declaredBy.length > 0 ? declaredBy.join(', ') : always ? 'every call' : 'calls of its kind';
    return `| \`${code}\` | ${status} | ${title} | ${help} | ${where} |`;
  });
  return [
    '# Errors',
    '',
    '<!-- Made by `npm run generate` from contracts/src/errors.ts. -->',
    '',
    'Every failure is an `application/problem+json` document (RFC 9457) with `type`, `title`, `status`, `code`, `detail` and',
    '`requestId`; `issues` lists refused fields, `lines` a shortage per SKU, `id` the thing meant. `code` is stable, words are not.',
    '',
    '| code | status | what happened | what to do | answered by |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function permissionsReference(): string {
  const rows = allPermissions.map((permission) => {
    const operations = contracts.filter((c) => c.access === permission).map((c) => c.operation);
    const marks = roles.map((role) => (rolePermissions[role].includes(permission) ? 'yes' : '–'));
    return `| \`${permission}\` | ${permissions[permission]} | ${marks.join(' | ')} | ${operations.join(', ')} |`;
  });
  return [
    '# Permissions',
    '',
    '<!-- Made by `npm run generate` from contracts/src/permissions.ts. -->',
    '',
    'A role is a set of permissions; the scopes of an API key are permissions too. A key can get no permission that its maker lacks.',
    '',
    `| permission | allows | ${roles.join(' | ')} | calls |`,
    `|---|---|${roles.map(() => '---|').join('')}---|`,
    ...rows,
    '',
  ].join('\n');
}
