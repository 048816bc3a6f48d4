import { isUtf8 } from 'node:buffer'
import { Problem } from '../problems/problem.ts'

const maximumDepth = 32

/**
 * Parses a JSON body. Refused with `invalid-json`: an empty body, invalid UTF-8, NUL and lone surrogates in any string,
 * `__proto__`, `constructor` with a `prototype`, and more than 32 levels. Of a duplicate name the last value counts.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) throw refused('The body is empty.')
  if (!isUtf8(bytes)) throw refused('The body is not UTF-8.')
  const value = parse(bytes.toString('utf8'))
  assertSafe(value, 0)
  return value
}

/** Throws unless the text can be stored by every database: no NUL, no lone surrogates. */
export function assertSafeText(text: string): void {
  if (text.includes('\u0000')) throw refused('A string holds the NUL character.')
  if (!text.isWellFormed()) throw refused('A string holds half of a surrogate pair.')
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    throw refused('The body is not JSON.')
  }
}

function assertSafe(value: unknown, depth: number): void {
  if (typeof value === 'string') return assertSafeText(value)
  if (typeof value !== 'object' || value === null) return
  if (depth === maximumDepth) throw refused(`The body is nested more than ${maximumDepth} levels deep.`)
  if (Array.isArray(value)) {
    for (const element of value) assertSafe(element, depth + 1)
    return
  }
  for (const [name, member] of Object.entries(value)) {
    assertSafeText(name)
    assertSafeName(name, member)
    assertSafe(member, depth + 1)
  }
}

function assertSafeName(name: string, member: unknown): void {
  const isPoisoned =
    name === '__proto__' || (name === 'constructor' && typeof member === 'object' && member !== null && Object.hasOwn(member, 'prototype'))
  if (isPoisoned) throw refused('The body holds a name that is not allowed.')
}

function refused(detail: string): Problem {
  return new Problem('invalid-json', { detail })
}
