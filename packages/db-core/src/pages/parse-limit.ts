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

/** The page number, from 1; 1 when left out. @throws InvalidFilterError */
export function parsePage(page: unknown, entity: string): number {
  return parseWhole(page ?? 1, { name: 'page', max: maxPage, entity })
}

/** How many rows a stream fetches at a time: 1 to 100,000; 500 when left out. @throws InvalidFilterError */
export function parseBatch(batch: unknown, entity: string): number {
  return parseWhole(batch ?? defaultBatch, { name: 'batch', max: maxBatch, entity })
}

function parseWhole(value: unknown, { name, max, entity }: { name: string; max: number; entity: string }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new InvalidFilterError(`The ${name} for ${entity} must be a whole number from 1 to ${max}.`, { entity, fields: [name] })
}
