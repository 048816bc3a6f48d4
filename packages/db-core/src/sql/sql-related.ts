import { aliasedTableColumn } from 'drizzle-orm'
import type { Relation } from '../relations/relation.ts'
import type { SqlEntity } from './sql-entity.ts'
import type { SqlField } from './sql-field.ts'

interface Home {
  readonly entity: SqlEntity<unknown>
  readonly database: object
}

const homes = new WeakMap<object, Home>()

/** Lets filters of other repositories of the same database reach the rows of this one within their own statement. */
export function makeReachable(repository: object, home: Home): void {
  homes.set(repository, home)
}

/** What a repository stands for, if it is one of SQL; not for wrappers, which may answer otherwise. */
export function reachedEntity(repository: object): SqlEntity<unknown> | undefined {
  return homes.get(repository)?.entity
}

/** True for a relation that a statement of `database` can follow by itself. */
export function isWithin(database: object, relation: Relation): boolean {
  const readers = [relation.target(), ...(relation.through ? [relation.through.reader()] : [])]
  return readers.every((reader) => homes.get(reader)?.database === database)
}

const aliases = new WeakMap<object, Map<string, SqlEntity<unknown>>>()

/** The same entity under another name, for a query inside a query. */
export function aliasOf(entity: SqlEntity<unknown>, alias: string): SqlEntity<unknown> {
  const known = aliases.get(entity) ?? new Map<string, SqlEntity<unknown>>()
  aliases.set(entity, known)
  const made = known.get(alias) ?? aliased(entity, alias)
  known.set(alias, made)
  return made
}

function aliased(entity: SqlEntity<unknown>, alias: string): SqlEntity<unknown> {
  const rename = (field: SqlField): SqlField => ({ ...field, column: aliasedTableColumn(field.column, alias) })
  const fields = new Map([...entity.fields].map(([name, field]) => [name, rename(field)]))
  return { ...entity, fields, key: rename(entity.key) }
}
