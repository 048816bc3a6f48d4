import { MigrationError } from '../store/migration-error.ts'
import { columnsToFill } from './fills.ts'
import { lossesOf } from './needs.ts'
import type { Directions } from './write-directions.ts'

/** `name=value` flags by their names. @throws MigrationError for one without a value */
export function readAssignments(flag: string, values: readonly string[]): Map<string, string> {
  return new Map(
    values.map((text) => {
      const at = text.indexOf('=')
      const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
      if (at < 1 || value === '') throw new MigrationError(`${flag} ${text}: write ${flag} <name>=<value>.`, { exitCode: 64 })
      return [name, value]
    }),
  )
}

/** A consent that nothing asks for is a slip of the pen. @throws MigrationError */
export function requireUsedFlags(
  directions: Directions,
  flags: { allowDrops: ReadonlySet<string>; fills: ReadonlyMap<string, string> },
): void {
  const losses = new Set(lossesOf(directions.up).map(({ key }) => key))
  const fillable = new Set([directions.up, directions.down].flatMap((difference) => columnsToFill(difference).optional))
  const unused = [
    ...[...flags.allowDrops].filter((key) => !losses.has(key)).map((key) => `--allow-drop ${key}: nothing of that name is dropped`),
    ...[...flags.fills.keys()].filter((key) => !fillable.has(key)).map((key) => `--fill ${key}: no row needs a value there`),
  ]
  if (unused.length > 0) throw new MigrationError(`${unused.join('; ')}.`, { exitCode: 64 })
}

/** `NNNN-what-it-does`, the number after the last. @throws MigrationError for a name that is none */
export function nextName(last: string | undefined, name: string): string {
  const slug = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(slug))
    throw new MigrationError(`"${name}" is no name of a migration: write what it does, such as add-phone-number.`, { exitCode: 64 })
  return `${String(Number(last?.slice(0, 4) ?? '0') + 1).padStart(4, '0')}-${slug}`
}

/** A reason on one line. @throws MigrationError for one that says too little */
export function requireReason(flag: string, reason: string): string {
  const text = reason.trim().replaceAll(/\s+/g, ' ')
  if (text.length >= 10) return text
  throw new MigrationError(`${flag}: give a reason of at least 10 characters.`, { exitCode: 64 })
}
