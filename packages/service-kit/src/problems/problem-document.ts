import { z } from 'zod'
import type { Problem } from './problem.ts'
import { problemType } from './problem-registry.ts'

export const problemContentType = 'application/problem+json; charset=utf-8'

/** An RFC 9457 document as it is read; unknown members are kept. */
export const problemDocument = z
  .looseObject({
    type: z.string().max(2_048),
    title: z.string().max(1_024),
    status: z.int().min(100).max(599),
    detail: z.string().max(8_192).optional(),
    instance: z.string().max(2_048).optional(),
    traceId: z.string().max(64).optional(),
    errors: z
      .array(
        z.looseObject({
          detail: z.string(),
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          header: z.string().optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; `type` is the address of a page that explains it.' })
export type ProblemDocument = z.infer<typeof problemDocument>

/** Where a problem happened. `instance` is a path without query. */
export interface ProblemContext {
  readonly instance?: string | undefined
  readonly traceId?: string | undefined
}

/** The document of a problem; members without a value are left out. */
export function renderProblem(problem: Problem, context: ProblemContext): ProblemDocument {
  return {
    ...problem.extensions,
    type: problemType(problem.slug),
    title: problem.title,
    status: problem.status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(context.instance === undefined ? {} : { instance: context.instance }),
    ...(context.traceId === undefined ? {} : { traceId: context.traceId }),
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors.map((fault) => ({ ...fault })) }),
  }
}
