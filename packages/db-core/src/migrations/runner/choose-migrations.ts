import { MigrationError } from '../store/migration-error.ts'

interface Named {
  readonly name: string
}

/** The part of `pending`, in order, that `up` shall apply. @throws MigrationError for an unknown target */
export function chooseUp<Item extends Named>(all: readonly Named[], pending: readonly Item[], target: string | undefined): Item[] {
  if (target === undefined) return [...pending]
  if (isCount(target)) return pending.slice(0, Number(target))
  const last = findByName(all, target)
  return pending.filter((item) => item.name <= last)
}

/** The part of `applied` that `down` shall undo, newest first; `0` means all. @throws MigrationError for an unknown target */
export function chooseDown<Item extends Named>(all: readonly Named[], applied: readonly Item[], target: string | undefined): Item[] {
  const newestFirst = applied.toReversed()
  if (target === undefined) return newestFirst.slice(0, 1)
  if (target === '0') return newestFirst
  if (isCount(target)) return newestFirst.slice(0, Number(target))
  const kept = findByName(all, target)
  return newestFirst.filter((item) => item.name > kept)
}

/** Names start with four digits; anything shorter is a count. */
function isCount(target: string): boolean {
  return /^[1-9]\d{0,2}$/.test(target)
}

function findByName(all: readonly Named[], target: string): string {
  const found = all.find(({ name }) => name === target || name.slice(0, 4) === target)
  if (found) return found.name
  throw new MigrationError(`There is no migration ${target}. Give a count, a number such as 0003, or a whole name.`, { exitCode: 64 })
}
