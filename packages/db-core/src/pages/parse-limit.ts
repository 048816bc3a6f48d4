import { InvalidFilterError } from '../errors/repository-error.ts'

export const defaultLimit = 100
export const maxLimit = 1000
const maxPage = 1_000_000_000
const defaultBatch = 500
const maxBatch = 100_000

/** The number of rows to read: 1 to 1,000; 100 when left out. @throws InvalidFilterError */
export function parseLimit(limit: unknown, entity: string): number {
  return parseWhole(limit ?? defaultLimit, { name: 'limit', max: maxLimit, entity })
}

/** How many rows stand before a page: whole pages, from page 1 on, or `skip` rows. @throws InvalidFilterError, for both at once as well */
export function parseOffset({ page, skip }: { readonly page?: unknown; readonly skip?: unknown }, limit: number, entity: string): number {
  if (skip === undefined) return (parseWhole(page ?? 1, { name: 'page', max: maxPage, entity }) - 1) * limit
  if (page === undefined) return parseWhole(skip, { name: 'skip', min: 0, max: maxPage, entity })
  throw new InvalidFilterError(`A page of ${entity} is named by page or by skip, not by both.`, { entity, fields: ['skip'] })
}

/** The number of the page, from 1, that the row after so many stands on. */
export function pageAt(offset: number, limit: number): number {
  return Math.floor(offset / limit) + 1
}

/** How many rows a stream fetches at a time: 1 to 100,000; 500 when left out. @throws InvalidFilterError */
export function parseBatch(batch: unknown, entity: string): number {
  return parseWhole(batch ?? defaultBatch, { name: 'batch', max: maxBatch, entity })
}

interface Whole {
  readonly name: string
  /** 1 unless said otherwise. */
  readonly min?: number
  readonly max: number
  readonly entity: string
}

function parseWhole(value: unknown, { name, min = 1, max, entity }: Whole): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new InvalidFilterError(`The ${name} for ${entity} must be a whole number from ${min} to ${max}.`, { entity, fields: [name] })
}
