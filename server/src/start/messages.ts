/** What the supervisor and the processes that serve tell each other, over the channel between parent and child. */
import type { Config } from '#platform/config';
import type { MetricSnapshot } from '#platform/telemetry';

/** How the processes of this start are. */
export interface CrewState {
  serving: number;
  wanted: number;
  /** Since the start: processes that ended by themselves and were replaced. */
  restarts: number;
  /** Since the start: processes replaced after WORKER_MAX_REQUESTS. */
  renewals: number;
  /** Addresses that marketplace accounts of the demo may use. */
  baseUrls: string[];
}

/** From the supervisor. */
export type Order =
  | { kind: 'begin'; config: Config; databaseUrl: string; secret: string }
  | { kind: 'tend'; greet: boolean }
  | { kind: 'crew'; state: CrewState }
  | { kind: 'measure'; ask: number }
  | { kind: 'measured'; ask: number; text: string }
  /** Clients have `farewellMs` to leave by themselves. */
  | { kind: 'stop'; farewellMs: number };

/** To the supervisor. */
export type Report =
  | { kind: 'serving'; url: string }
  | { kind: 'tending' }
  | { kind: 'tell'; line: string }
  | { kind: 'base_urls'; baseUrls: string[] }
  | { kind: 'worn' }
  | { kind: 'measure'; ask: number }
  | { kind: 'measured'; ask: number; metrics: MetricSnapshot };
