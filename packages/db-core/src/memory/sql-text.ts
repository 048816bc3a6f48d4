import { Column, is, SQL } from 'drizzle-orm'

/** The text of an expression, with the names of its columns. Parameters are left out. */
export function sqlText({ queryChunks }: SQL): string {
  return queryChunks.map(chunkText).join('')
}

/** The columns that an expression names. */
export function columnsOf({ queryChunks }: SQL): Column[] {
  return queryChunks.flatMap((chunk) => (is(chunk, SQL) ? columnsOf(chunk) : is(chunk, Column) ? [chunk] : []))
}

function chunkText(chunk: unknown): string {
  if (is(chunk, SQL)) return sqlText(chunk)
  if (is(chunk, Column)) return chunk.name
  return isTextChunk(chunk) ? chunk.value.join('') : ''
}

function isTextChunk(chunk: unknown): chunk is { readonly value: readonly string[] } {
  return typeof chunk === 'object' && chunk !== null && 'value' in chunk && Array.isArray(chunk.value)
}
