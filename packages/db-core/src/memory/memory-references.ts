import { ForeignKeyError } from '../errors/repository-error.ts'
import type { MemoryChange } from './memory-change.ts'
import type { MemoryEntity, MemoryReference, StoredRow } from './memory-entity.ts'
import type { MemoryState, MemoryTable } from './memory-state.ts'
import { keyText } from './memory-values.ts'

/** What a statement has done so far, and what may follow from it. */
interface FollowedStatement {
  /** Grows while consequences are followed. */
  readonly changes: readonly MemoryChange[]
  readonly state: MemoryState
  readonly entities: ReadonlyMap<string, MemoryEntity>
  remove(entity: MemoryEntity, row: StoredRow): void
  replace(entity: MemoryEntity, row: StoredRow): void
}

/**
 * Looks at every reference that the changes of a statement touch, and at those that its own consequences touch. A reference to an
 * entity that the database does not know is not looked at. @throws ForeignKeyError
 */
export function followReferences(statement: FollowedStatement): void {
  for (let done = 0; done < statement.changes.length;) {
    const changes = statement.changes.slice(done)
    done = statement.changes.length
    for (const [source, reference] of referencesTo(changes, statement)) followOne(statement, changes, source, reference)
  }
  for (const { entity, key } of statement.changes) {
    const row = statement.state.table(entity).rows.get(key)
    if (row) requireTargets(statement, entity, row)
  }
}

/** Each reference that leads to an entity that has lost rows or values. */
function referencesTo(changes: readonly MemoryChange[], { entities }: FollowedStatement): (readonly [MemoryEntity, MemoryReference])[] {
  const changed = new Set(changes.filter(({ before }) => before).map(({ entity }) => entity.name))
  return [...entities.values()].flatMap((source) =>
    source.references.filter(({ target }) => changed.has(target)).map((reference) => [source, reference] as const),
  )
}

/** Deals with the rows whose target has gone. */
function followOne(statement: FollowedStatement, changes: readonly MemoryChange[], source: MemoryEntity, reference: MemoryReference): void {
  const lost = new Set(changes.filter(({ entity }) => entity.name === reference.target).flatMap((change) => lostText(change, reference)))
  if (lost.size === 0) return
  const left = [...statement.state.table(source).rows.values()].filter((row) => lost.has(textOf(row, reference.fields) ?? ''))
  for (const row of left) {
    if (reference.onDelete === 'refuse') throw broken(source, reference)
    if (reference.onDelete === 'cascade') statement.remove(source, row)
    else statement.replace(source, { ...row, ...Object.fromEntries(reference.fields.map((field) => [field, null])) })
  }
}

/** What the target was named by, when it is so no more. */
function lostText({ before, after }: MemoryChange, { targetFields }: MemoryReference): string[] {
  const text = before && textOf(before, targetFields)
  return text === undefined || (after && textOf(after, targetFields) === text) ? [] : [text]
}

function requireTargets({ state, entities }: FollowedStatement, entity: MemoryEntity, row: StoredRow): void {
  for (const reference of entity.references) {
    const target = entities.get(reference.target)
    const text = textOf(row, reference.fields)
    if (target && text !== undefined && !hasTarget(state, target, reference, text)) throw broken(entity, reference)
  }
}

function hasTarget(state: MemoryState, target: MemoryEntity, { targetFields }: MemoryReference, text: string): boolean {
  const table: MemoryTable = state.table(target)
  const [field, ...more] = targetFields
  if (field === target.keyField && more.length === 0) return table.rows.has(text)
  return [...table.rows.values()].some((row) => textOf(row, targetFields) === text)
}

/** The values of a reference as one text; undefined when one of them is missing, and so nothing is referred to. */
function textOf(row: StoredRow, fields: readonly string[]): string | undefined {
  const parts = fields.map((field) => keyText(row[field]))
  if (parts.includes(undefined)) return undefined
  return parts.length === 1 ? parts[0] : JSON.stringify(parts)
}

function broken(entity: MemoryEntity, { name, fields }: MemoryReference): ForeignKeyError {
  return new ForeignKeyError(`A reference to another row is broken in ${entity.name}.`, { entity: entity.name, fields, constraint: name })
}
