import { Column, is, Name, SQL, StringChunk } from 'drizzle-orm'

/** The text of an expression, with the names of its columns and of `sql.identifier`. Parameters are left out. */
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
  if (is(chunk, Name)) return chunk.value
  return is(chunk, StringChunk) ? chunk.value.join('') : ''
}
