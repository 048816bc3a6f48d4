import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { safeParse } from 'zod/v4/core'
import { Problem, type ProblemFault } from '../problems/problem.ts'
import { isZodSchema } from './zod-definition.ts'

const maximumFaults = 20

/** Validates every part of a request by its zod schema and names each fault; values are never quoted. */
export const compileRequestValidator: FastifySchemaCompiler<unknown> = ({ schema, httpPart, method, url }) => {
  if (!isZodSchema(schema)) throw new Error(`${method} ${url}: the schema of ${httpPart ?? 'the request'} is not a zod schema`)
  const toFault = faultBuilders[httpPart ?? 'body'] ?? bodyFault
  return (data: unknown) => {
    const result = safeParse(schema, data)
    return result.success ? { value: result.data } : { error: invalidRequest(result.error.issues, toFault) }
  }
}

type FaultBuilder = (issue: FlatIssue) => ProblemFault
interface FlatIssue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

const faultBuilders: Readonly<Record<string, FaultBuilder>> = {
  params: (issue) => ({ parameter: String(issue.path[0] ?? ''), detail: issue.message }),
  querystring: (issue) => ({ parameter: String(issue.path[0] ?? ''), detail: issue.message }),
  headers: (issue) => ({ header: String(issue.path[0] ?? ''), detail: issue.message }),
}

function bodyFault(issue: FlatIssue): ProblemFault {
  return { pointer: toPointer(issue.path), detail: issue.message }
}

function invalidRequest(issues: readonly z.core.$ZodIssue[], toFault: FaultBuilder): Problem {
  return new Problem('invalid-request', { errors: issues.flatMap(flatten).slice(0, maximumFaults).map(toFault) })
}

// An unknown field is named by its own path, so that the client finds it.
function flatten(issue: z.core.$ZodIssue): FlatIssue[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }]
  return issue.keys.map((key) => ({ path: [...issue.path, key.slice(0, 100)], message: 'is not a known field' }))
}

/** A JSON pointer as URI fragment, such as `#/lines/0/sku`. */
export function toPointer(path: readonly PropertyKey[]): string {
  return `#${path.map((part) => `/${encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`
}
