import { type Operation, fillPath, type Parameter } from './api-document.ts'
import { type Case, operatorObject, sqlInjection } from './case.ts'
import { exampleRequest } from './example-request.ts'

type Target = Pick<Case, 'title' | 'stage' | 'slugs'> & { target: string }

const invalidUrl = ['invalid-url']
const refusedQuery = ['invalid-url', 'invalid-request', 'invalid-cursor', 'invalid-filter', 'invalid-sort']

/** Faults of the path and the query, made from the parameters that the description names. */
export function targetCases(operation: Operation): Case[] {
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path')
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query')
  const path = fillPath(operation)
  return [
    ...inPath.flatMap(({ name }) => badIds(operation, name)),
    ...strangeQueries(path),
    ...inQuery.flatMap((parameter) => badParameters(path, parameter)),
    { title: 'a longer path', stage: 'target' as const, target: `${path}/zz/zz`, slugs: ['not-found'] },
    { title: 'an empty segment', stage: 'target' as const, target: `/${path}`, slugs: ['invalid-url', 'not-found'] },
    { title: 'a URL of 10 kB', stage: 'target' as const, target: `${path}?a=${'x'.repeat(10_000)}`, slugs: ['uri-too-long'] },
  ].map((target) => toCase(operation, target))
}

function toCase(operation: Operation, { target, ...fault }: Target): Case {
  return { ...fault, request: { ...exampleRequest(operation), target } }
}

/** Not one of them names a thing that exists; the first ones cannot be ids at all. */
function badIds(operation: Operation, parameter: string): Target[] {
  const impossible = ['%00', 'a%00b', '%ff', '%c0%ae', '%ed%a0%80', '%', '%zz', '%2e%2e', '%5c', '..%5c..']
  const strange = [
    'zz',
    '0',
    '-1',
    '1e400',
    '9'.repeat(30),
    'abcdefghijkl',
    '__proto__',
    'constructor',
    'null',
    'undefined',
    '%20',
    '%F0%9F%98%80',
  ]
  const encoded = [sqlInjection, operatorObject, '$where', '[object Object]', 'a;b', '<script>'].map((text) => encodeURIComponent(text))
  const of = (id: string): string => fillPath(operation, { [parameter]: id })
  return [
    ...impossible.map((id) => ({ title: `${parameter} = ${id}`, stage: 'target' as const, target: of(id), slugs: invalidUrl })),
    ...[...strange, ...encoded].map((id) => ({ title: `${parameter} = ${id}`, stage: 'content' as const, target: of(id) })),
    ...['a'.repeat(101), 'a'.repeat(5_000)].map((id) => ({
      title: `${parameter} of ${id.length} characters`,
      stage: 'target' as const,
      target: of(id),
      slugs: ['uri-too-long', 'invalid-request', 'not-found'],
    })),
  ]
}

function strangeQueries(path: string): Target[] {
  const malformed = ['a=%00', 'a=%ff', 'a=%zz', '%ed%a0%80=1']
  const unknown = ['unknown=1', 'constructor=1', 'toString=1', 'name[$ne]=1', '$where=sleep(1)', '__proto__[role]=admin', '[]=1']
  return [
    ...malformed.map((query) => ({ title: `?${query}`, stage: 'target' as const, target: `${path}?${query}`, slugs: invalidUrl })),
    ...['__proto__=1', '%5F_proto__=1'].map((query) => ({
      title: `?${query}`,
      stage: 'target' as const,
      target: `${path}?${query}`,
      slugs: refusedQuery,
    })),
    ...unknown.map((query) => ({ title: `?${query}`, stage: 'content' as const, target: `${path}?${query}`, slugs: refusedQuery })),
  ]
}

/** Values that no list takes, by the name of the parameter. */
const neverTaken: Readonly<Record<string, readonly string[]>> = {
  limit: ['0', '-1', '1e10', 'x', '1.5', '101', '0x10', '', '+1', '٣', '99999999999999999999'],
  cursor: ['x', '', 'e30', 'eyJhIjoxfQ.AAAA', '%7B%7D', 'A'.repeat(3_000), sqlInjection, operatorObject].map((text) =>
    encodeURIComponent(text),
  ),
  sort: ['x', '', '__proto__', 'passwordHash', '-', 'name,price', '$natural'],
}
const doubtful = [
  '',
  'x',
  '-1',
  '1e10',
  '__proto__',
  'null',
  'x'.repeat(3_000),
  sqlInjection,
  operatorObject,
  '[1]',
  '2026-13-45',
  '%F0%9F%98%80',
]

function badParameters(path: string, { name }: Parameter): Target[] {
  const refused = (neverTaken[name] ?? []).map((value) => `${name}=${name === 'limit' ? encodeURIComponent(value) : value}`)
  const open = neverTaken[name] === undefined ? doubtful.map((value) => `${name}=${encodeURIComponent(decodeURIComponent(value))}`) : []
  const misused = [`${name}=1&${name}=1`, `${name}[$ne]=1`, `${name}[]=1`, `${name}%5B%24gt%5D=`, `${name.toUpperCase()}=1`]
  return [
    ...[...refused, ...misused].map((query) => ({
      title: `?${query.slice(0, 60)}`,
      stage: 'content' as const,
      target: `${path}?${query}`,
      slugs: refusedQuery,
    })),
    ...open.map((query) => ({ title: `?${query.slice(0, 60)}`, stage: 'content' as const, target: `${path}?${query}` })),
    { title: `?${name}=%00`, stage: 'target' as const, target: `${path}?${name}=%00`, slugs: invalidUrl },
  ]
}
