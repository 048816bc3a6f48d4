import type { Operation } from './api-document.ts'
import type { Case } from './case.ts'
import { exampleRequest } from './example-request.ts'

const values = [
  '',
  ' ',
  'x',
  '*',
  '"x"',
  'W/"1"',
  '"99999999999999999999"',
  '"-1"',
  '""',
  '"1", "2"',
  'a b',
  'é',
  'k'.repeat(256),
  'k'.repeat(4_000),
]

/** Faults of the headers that the description names, and each of them left out. */
export function headerCases(operation: Operation): Case[] {
  const named = operation.parameters.filter((parameter) => parameter.in === 'header')
  return named.flatMap(({ name, required }) => [
    { ...withHeader(operation, name), ...(required ? { slugs: ['precondition-required', 'idempotency-key-missing'] } : {}) },
    ...values.map((value) => withHeader(operation, name, value)),
  ])
}

function withHeader(operation: Operation, name: string, value?: string): Case {
  const { headers, ...request } = exampleRequest(operation)
  const others = Object.entries(headers ?? {}).filter(([other]) => other !== name)
  return {
    title: value === undefined ? `without ${name}` : `${name}: ${value.slice(0, 40)}`,
    stage: 'content',
    request: { ...request, headers: Object.fromEntries([...others, ...(value === undefined ? [] : [[name, value] as const])]) },
  }
}
