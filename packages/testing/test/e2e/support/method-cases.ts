import { type Operation, fillPath } from './api-document.ts'
import type { RawRequest } from './http-exchange.ts'

export interface MethodCase {
  title: string
  request: RawRequest
  /** What the Allow header must list, sorted. */
  allow: readonly string[]
}

/** Pages beside an operation of the same path, which no description names. */
const hiddenPages = /\/auth\/verify-email$/u

const methods = ['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT']

/** Every method that a path does not know, for every path of a service; the operations for services count as well. */
export function methodCases(operations: readonly Operation[]): MethodCase[] {
  const paths = new Map(operations.map((operation) => [fillPath(operation), operation]))
  return [...paths].flatMap(([target]) => {
    const described = operations.filter((operation) => matches(operation.path, target)).map(({ method }) => method)
    const known = hiddenPages.test(target) ? [...described, 'GET'] : described
    const allow = [...new Set([...known, ...(known.includes('GET') ? ['HEAD'] : [])])].toSorted()
    return methods
      .filter((method) => !allow.includes(method))
      .map((method) => ({ title: `${method} ${target}`, request: { method, target }, allow }))
  })
}

function matches(path: string, target: string): boolean {
  const parts = path.split('/')
  const segments = target.split('/')
  return parts.length === segments.length && parts.every((part, index) => part.startsWith('{') || part === segments[index])
}
