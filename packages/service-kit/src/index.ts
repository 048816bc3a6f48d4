export { createServiceClient, type ServiceCall, type ServiceClient, type ServiceClientOptions } from './client/service-client.ts'
export { UpstreamProblem } from './client/upstream-problem.ts'
export { commonConfig, databaseConfig, mongoConfig } from './config/config-shapes.ts'
export { configBoolean, configInteger, configList, configPort, configSecret, configUrl, configUrlList } from './config/config-values.ts'
export { databaseOptions, mongoOptions } from './config/database-options.ts'
export { type ConfigVariable, listVariables } from './config/list-variables.ts'
export { ConfigError, parseConfig, readConfig } from './config/parse-config.ts'
export type { SchemaCheck } from './health/schema-guard.ts'
export { createService, type Service, type ServiceOptions } from './http/create-service.ts'
export { etag, requireIfMatch } from './http/etag.ts'
export { assertSafeText } from './http/json-body.ts'
export { pageQuery, queryBoolean, queryInteger } from './http/query-values.ts'
export { type Access, assertAccess, type IdentifyRequest } from './identity/access.ts'
export { anonymous, type Identity, identitySchema, type Role, role, type UserIdentity } from './identity/identity.ts'
export {
  createIdentitySigner,
  createIdentityVerifier,
  identityHeader,
  type IdentitySigner,
  type IdentityVerifier,
} from './identity/identity-token.ts'
export { isServing } from './lifecycle/is-serving.ts'
export { type RunOptions, runService } from './lifecycle/run-service.ts'
export { ServiceState } from './lifecycle/service-state.ts'
export type { OpenApiDocument } from './openapi/openapi-document.ts'
export { problemContentType, type ProblemDocument, problemDocument, renderProblem } from './problems/problem-document.ts'
export { sendProblem } from './problems/problem-handler.ts'
export { Problem, type ProblemFault, type ProblemOptions } from './problems/problem.ts'
export { isProblemSlug, problemRegistry, type ProblemSlug, problemType } from './problems/problem-registry.ts'
export { toProblem } from './problems/to-problem.ts'
export { createLogger, type CreateLoggerOptions } from './telemetry/logger.ts'
export type { FastifyBaseLogger as Logger } from 'fastify'
export { createMetrics, type Metrics } from './telemetry/metrics.ts'
export { continueTrace, currentTrace, formatTraceparent, runInTrace, type TraceContext, traceOf } from './telemetry/trace-context.ts'
