import type { FastifyTypeProvider } from 'fastify'
import type { z } from 'zod'
import type { SchemaGuard } from '../health/schema-guard.ts'
import type { Access } from '../identity/access.ts'
import type { Identity } from '../identity/identity.ts'
import type { ServiceState } from '../lifecycle/service-state.ts'
import type { ProblemSlug } from '../problems/problem-registry.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { TraceContext } from '../telemetry/trace-context.ts'

/** Types of handlers from the zod schemas of their route. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this['schema'] extends z.core.$ZodType ? z.output<this['schema']> : unknown
  serializer: this['schema'] extends z.core.$ZodType ? z.output<this['schema']> : unknown
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. Every route declares it. */
    access?: Access
    /** True for what tells of the service itself: served also while the service may serve nothing else. */
    probe?: boolean
    /** Media types of the body; `application/json` unless said otherwise. */
    mediaTypes?: readonly string[]
    /** Milliseconds for the handler; the service's own time unless said otherwise. */
    timeoutMs?: number
  }

  interface FastifySchema {
    operationId?: string
    summary?: string
    description?: string
    tags?: readonly string[]
    deprecated?: boolean
    /** What the route can answer besides what every route can. */
    problems?: readonly ProblemSlug[]
    /** True leaves the route out of the API description. */
    hide?: boolean
  }

  interface FastifyRequest {
    /** Who asks, verified. */
    identity: Identity
    readonly trace: TraceContext
    /** Aborted when the time of the request is over or its client has gone. */
    deadline: AbortSignal
  }

  interface FastifyInstance {
    readonly state: ServiceState
    readonly schema: SchemaGuard
    readonly metrics: Metrics
  }
}
