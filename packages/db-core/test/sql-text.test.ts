import { sql } from 'drizzle-orm'
import { pgTable, text } from 'drizzle-orm/pg-core'
import { describe, expect, it } from 'vitest'
import { distinctKeys, groupByKey } from '../src/relations/row-values.ts'
import { scriptResult } from '../src/sql/sql-driver.ts'
import { SqlNames } from '../src/sql/sql-names.ts'
import { columnsOf, sqlText } from '../src/sql/sql-text.ts'

const words = pgTable('words', { word: text('the_word').primaryKey(), meaning: text('meaning') })

describe('what is read from declarations', () => {
  it('a name that is given as an identifier is part of the text', () => {
    expect(sqlText(sql`${sql.identifier('deleted_at')} is null`)).toBe('deleted_at is null')
    expect(sqlText(sql`state in ${sql.param(['deleted_at'])}`)).toBe('state in ')
  })

  it('the text of an expression names its columns and leaves its parameters out', () => {
    const inner = sql`lower(${words.word})`
    expect(sqlText(sql`${inner} <> ${'secret'} and ${words.meaning} is null`)).toBe('lower(the_word) <>  and meaning is null')
    expect(columnsOf(sql`${inner} <> ${'secret'} and ${words.meaning} is null`)).toEqual([words.word, words.meaning])
  })

  it('a table that is not known has its columns named in camel case', () => {
    const names = new SqlNames()
    expect(names.field('other_table', 'created_at')).toBe('createdAt')
    expect(names.field(undefined, 'line_2')).toBe('line2')
    expect(names.constraintFields(undefined, 'any')).toBeUndefined()
  })

  it('a script without statements answers with nothing, one that ended a transaction says so', () => {
    expect(scriptResult([])).toEqual({ rows: [], columns: [], count: 0, ended: undefined })
    const last = { rows: [[1]], columns: [], count: 1, ended: undefined }
    expect(scriptResult([{ ...last, ended: 'commit' }, last])).toEqual({ ...last, ended: 'commit' })
  })
})

describe('keys of related rows', () => {
  it('are equal across stores: by their text, moments by their instant; what refers to nothing is no key', () => {
    const at = new Date(0)
    const rows = [{ key: 1 }, { key: '1' }, { key: at }, { key: new Date(0) }, { key: null }, {}]
    expect(distinctKeys(rows, 'key')).toHaveLength(2)
    expect([...groupByKey(rows, 'key').keys()]).toEqual(['1', at.toISOString()])
  })
})
