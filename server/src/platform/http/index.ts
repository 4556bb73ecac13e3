export type { Credential, PublicContext, RequestContext } from './context.ts';
export { type Csrf, createCsrf, isOwnOrigin } from './csrf.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export { rawProblem } from './errors.ts';
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
export { createRateLimit, type RateLimit } from './limits.ts';
export { errorsOf, openApiDocument } from './openapi.ts';
export { HttpProblem, invalidField, type ProblemExtras, problem, problemBody } from './problem.ts';
export { type Answer, type Handler, type HandlerInput, type RouteRegistration, route } from './route.ts';
export { canonicalUrl, createHttp, type Http, type HttpOptions } from './server.ts';
