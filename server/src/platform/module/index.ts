/**
 * What a module contributes. `app.ts` holds the list of them; a new feature is a folder plus one line there.
 * Everything is optional but the name: a module gives what it has.
 */
import type { Consumer } from '../events/index.ts';
import type { HealthCheck, RouteRegistration } from '../http/index.ts';
import type { Schedule, TaskRegistration, Upkeep } from '../jobs/index.ts';

export interface ModuleManifest {
  name: string;
  routes?: RouteRegistration[];
  tasks?: TaskRegistration[];
  schedules?: Schedule[];
  upkeep?: Upkeep[];
  consumers?: Consumer[];
  /** Reads what people of this tenant see first, so that it is cached when they come. */
  warm?(tenantId: string): Promise<void>;
  /** By the name they have in `/health`. */
  healthParts?: Record<string, HealthCheck>;
  /** JSON documents at a fixed public path, such as `/asyncapi.json`; made when first asked for. */
  documents?: Record<string, () => unknown>;
}
