export type { Credential, PublicContext, RequestContext } from './context.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export { checkHealth, type HealthCheck, type HealthReport, type PartState } from './health.ts';
export {
  idempotencyKeptDays,
  type KeyedAnswer,
  type KeyedRequest,
  keepAnswer,
  readKeyedRequest,
  replay,
  requestHash,
  takeKey,
  withIdempotency,
} from './idempotency.ts';
export { HttpProblem, invalidField, type ProblemExtras, problem, problemBody } from './problem.ts';
export { type Answer, type Handler, type HandlerInput, type RouteRegistration, route } from './route.ts';
