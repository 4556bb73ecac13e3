/** `prove`: that stock cannot be oversold, shown on this database. */
import { type ProofReport, ProofSize } from '@tradepost/contracts';
import { proveStock } from '#flows/stock-proof';
import { CliError } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { table } from '../text.ts';

interface ProveOptions {
  buyers: number | undefined;
  pieces: number | undefined;
  processes: number | undefined;
  seed: number | undefined;
}

export async function prove(session: Session, { options }: { options: ProveOptions }): Promise<undefined> {
  const { buyers, pieces, processes } = options;
  const seed = options.seed ?? Date.now() >>> 0;
  const { db, url } = await session.openDatabase();
  const size = ProofSize.parse({ buyers, pieces, processes });
  const { signal, config } = session;
  const report = await proveStock({ db, url, settings: config.inventory, size, seed, signal });
  session.show(report, describe);
  if (!report.holds) throw new CliError('failed', `It does not hold. The same buyers again: --seed ${seed}`);
}

function describe(report: ProofReport): string {
  const { buyers, pieces, processes, killed, repeated, seconds, requestsPerSecond } = report;
  const { reserved, refused, confirmed, released, expired } = report;
  return [
    `${buyers} buyers of ${pieces} pieces, from ${processes} processes (${killed} killed), ${repeated} requests repeated.`,
    `${reserved} reserved, ${refused} told it is short; ${confirmed} confirmed, ${released} released, ${expired} expired.`,
    `${requestsPerSecond} requests a second, ${seconds} s.`,
    '',
    table(
      ['HOLDS', 'WHAT', 'CHECKED'],
      report.checks.map((c) => [c.holds ? 'yes' : 'NO', c.name, `${c.checked}`]),
      'Nothing was checked.',
    ),
    ...report.checks.flatMap((c) => c.breaches.map((breach) => `  ${c.name}: ${breach}`)),
  ].join('\n');
}
