export type { Credential, RequestContext } from './context.ts';
export { type Csrf, createCsrf } from './csrf.ts';
export { decodeCursor, encodeCursor, InstantText, pageOf } from './cursor.ts';
export { rawProblem } from './errors.ts';
export type { HealthCheck, PartState } from './health.ts';
export {
  idempotencyKeptDays,
  isOfRequest,
  type KeyedRequest,
  readKeyedRequest,
  requestHash,
  withIdempotency,
} from './idempotency.ts';
export { JsonText } from './json-text.ts';
export type { PeerGate } from './limits.ts';
export { errorsOf, openApiDocument } from './openapi.ts';
export { peerOf } from './peer.ts';
export { HttpProblem, invalidField, problem } from './problem.ts';
export { type CreateRateLimit, createRateLimit, createRateLimits, type RateLimit } from './rate-limit.ts';
export type { Authenticate } from './register.ts';
export { type RouteRegistration, route } from './route.ts';
export { canonicalUrl, createHttp, type HttpOptions } from './server.ts';
export { type ReceivedFile, receiveFile } from './upload.ts';
