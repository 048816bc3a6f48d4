import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { InvalidCursorError, InvalidValueError, UnsupportedError } from '../errors/repository-error.ts'
import type { FilterNode } from '../filters/parse-filter.ts'
import type { ResolvedSortKey } from '../filters/parse-sort.ts'

/** A value of a sort key as a cursor carries it. */
export type CursorValue = string | number | bigint | boolean | Date | null

/** A position between two rows of one query, and the way to go from there. */
export interface Cursor {
  /** One value for each sort key, the tiebreaker included. */
  readonly values: readonly CursorValue[]
  readonly direction: 'next' | 'previous'
  /** True when the row at this very position belongs to the page as well. */
  readonly inclusive?: boolean
  /** True when it is known that no more rows than a page have the first value of the position, so that they may be passed one by one. */
  readonly parted?: boolean
  /** What the cursor belongs to; see cursorBinding. */
  readonly binding: string
}

const formatVersion = 1
const inclusiveMark = 1
const partedMark = 2
const maxCursorBytes = 2048

const shortestSecret = 32

/** The secret as it was given. @throws InvalidValueError for one that is too short to sign with */
export function checkCursorSecret(secret: string | undefined): string | undefined {
  if (secret === undefined || secret.length >= shortestSecret) return secret
  throw new InvalidValueError(`cursorSecret needs at least ${shortestSecret} characters.`)
}

/** An opaque signed text of at most 2,048 bytes. @throws UnsupportedError when the sort values are longer than that */
export function encodeCursor(cursor: Cursor, secret: string): string {
  const { values, direction, inclusive = false, parted = false, binding } = cursor
  const marks = (inclusive ? inclusiveMark : 0) + (parted ? partedMark : 0)
  const payload = JSON.stringify([formatVersion, direction === 'next' ? 1 : 0, marks, binding, values.map(encodeValue)])
  const body = Buffer.from(payload).toString('base64url')
  const text = `${body}.${sign(body, secret)}`
  if (text.length > maxCursorBytes) throw new UnsupportedError('The values of the sort keys are too long for a cursor.')
  return text
}

/** The cursor in `text`, when this secret signed it for this binding. @throws InvalidCursorError */
export function decodeCursor(text: unknown, expected: { readonly secret: string; readonly binding: string }): Cursor {
  const cursor = parseCursor(text, expected.secret)
  if (cursor === undefined || cursor.binding !== expected.binding) {
    throw new InvalidCursorError('The cursor is not valid for this list.', { fields: ['cursor'] })
  }
  return cursor
}

export interface CursorScope {
  readonly entity: string
  readonly sort: readonly ResolvedSortKey[]
  readonly filter: FilterNode
  readonly scope: 'live' | 'deleted' | 'all'
  readonly tenant?: string | undefined
}

/** A short fingerprint of everything that a cursor must not be used across. */
export function cursorBinding({ entity, sort, filter, scope, tenant }: CursorScope): string {
  const order = sort.map(({ field, direction, nulls }) => [field, direction, nulls])
  const text = JSON.stringify([entity, order, canonicalFilter(filter), scope, tenant ?? null])
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

function parseCursor(text: unknown, secret: string): Cursor | undefined {
  if (typeof text !== 'string' || text.length > maxCursorBytes) return undefined
  const match = /^([\w-]+)\.([\w-]{43})$/.exec(text)
  const [, body, signature] = match ?? []
  if (body === undefined || signature === undefined) return undefined
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(sign(body, secret)))) return undefined
  return parsePayload(JSON.parse(Buffer.from(body, 'base64url').toString()))
}

function parsePayload(payload: unknown): Cursor | undefined {
  if (!Array.isArray(payload) || payload[0] !== formatVersion) return undefined
  const [, forward, marks, binding, values]: readonly unknown[] = payload
  if (typeof marks !== 'number' || typeof binding !== 'string' || !Array.isArray(values)) return undefined
  return {
    values: values.map(decodeValue),
    direction: forward === 1 ? 'next' : 'previous',
    inclusive: (marks & inclusiveMark) > 0,
    ...((marks & partedMark) > 0 && { parted: true }),
    binding,
  }
}

/** Over the text as it travels, so that no other spelling of the same bytes is accepted. */
function sign(body: string, secret: string): string {
  return createHmac('sha256', secret).update('polystore-cursor\n').update(body).digest('base64url')
}

/** Each value as a letter for its type and a text; null stays null. */
function encodeValue(value: CursorValue): string | null {
  if (value === null) return null
  if (typeof value === 'string') return `s${value}`
  if (typeof value === 'number') return `n${value}`
  if (typeof value === 'bigint') return `i${value}`
  if (typeof value === 'boolean') return value ? 'b1' : 'b0'
  return `d${value.getTime()}`
}

function decodeValue(encoded: unknown): CursorValue {
  if (typeof encoded !== 'string') return null
  const text = encoded.slice(1)
  switch (encoded[0]) {
    case 'n':
      return Number(text)
    case 'i':
      return BigInt(text)
    case 'b':
      return text === '1'
    case 'd':
      return new Date(Number(text))
    default:
      return text
  }
}

/** The order in which conditions were written makes no difference. */
export function canonicalFilter(node: FilterNode): string {
  switch (node.kind) {
    case 'all':
    case 'none':
      return node.kind
    case 'not':
      return JSON.stringify(['not', canonicalFilter(node.node)])
    case 'and':
    case 'or':
      return JSON.stringify([node.kind, ...node.nodes.map(canonicalFilter).toSorted()])
    case 'exists':
      return JSON.stringify(['exists', node.relation, canonicalFilter(node.node)])
    case 'search':
      return JSON.stringify(['search', ...node.words.toSorted()])
    case 'compare': {
      const values = typeof node.value === 'object' && !(node.value instanceof Date) ? node.value : [node.value]
      return JSON.stringify([node.field, node.operator, node.ignoreCase, values.map(encodeValue)])
    }
  }
}
