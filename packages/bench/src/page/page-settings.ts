import type { CursorPage, SeekQuery } from '@polystore/db-core'
import type { Goal } from '../contest.ts'

export const rowCount = 1_000_000
export const depth = 900_000
export const limit = 20
export const poolSize = 2

export const shallow = 'cursor at depth 0'
export const offset = 'offset by hand'
export const goals: readonly Goal[] = [
  { metric: 'latency', over: shallow, atMost: 1.2 },
  { metric: 'throughput', over: offset, atLeast: 200 },
]

interface Seekable<Row> {
  seek(query: SeekQuery<Row>): Promise<CursorPage<Row>>
}

/** Follows the pages, in the largest steps there are. */
export async function cursorAt<Row>(repository: Seekable<Row>, query: Pick<SeekQuery<Row>, 'orderBy'>): Promise<string> {
  let cursor: string | undefined
  for (let at = 0; at < depth; at += 1_000) {
    const { next } = await repository.seek({ ...query, limit: 1_000, ...(cursor !== undefined && { cursor }) })
    if (next === undefined) throw new Error(`there is no page after row ${at}`)
    cursor = next
  }
  return cursor ?? ''
}
