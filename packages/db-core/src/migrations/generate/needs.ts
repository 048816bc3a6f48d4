import type { ModelDifference, TableDifference } from './compare-models.ts'
import { columnsToFill } from './fills.ts'
import { keepsValues } from './keeps-values.ts'

/** What `generate` has to be told before it writes. */
export interface GenerateNeed {
  /** What would happen to whom. */
  readonly problem: string
  /** Each of them is enough; ready to paste, but for a value in angle brackets. Empty when no flag can help. */
  readonly flags: readonly string[]
}

/** Something new that may be something removed under another name. */
export interface RenameCandidate {
  /** `users.phone_number`, or a table. */
  readonly to: string
  readonly from: readonly string[]
}

export interface Loss {
  /** As `--allow-drop` names it. */
  readonly key: string
  readonly problem: string
}

/** What of the data is not there any more after a change, whatever the rows hold. */
export function lossesOf(difference: ModelDifference): Loss[] {
  const { tables, enums, before } = difference
  return [
    ...tables.dropped.map(({ key }) => ({ key, problem: `The table ${key} would be dropped with its rows` })),
    ...tables.changed.flatMap((table) => lostColumns(table)),
    ...tables.changed.flatMap((table) => narrowedColumns(table, before.dialect)),
    ...enums.changed.flatMap((change) =>
      change.before.values
        .filter((value) => !change.after.values.includes(value))
        .map((value) => ({
          key: `${change.after.key}.${value}`,
          problem: `The value ${value} of the enum ${change.after.key} would be removed; where rows may hold it, --fill <table>.<column>=<SQL expression> says what they get`,
        })),
    ),
  ]
}

function lostColumns({ after, columns }: TableDifference): Loss[] {
  const again = new Set(columns.added.map(({ name }) => name))
  return columns.dropped
    .filter(({ name, generated }) => !again.has(name) && generated === undefined)
    .map(({ name }) => ({ key: `${after.key}.${name}`, problem: `The column ${after.key}.${name} would be dropped with its values` }))
}

function narrowedColumns({ after, columns }: TableDifference, dialect: ModelDifference['before']['dialect']): Loss[] {
  return columns.changed
    .filter((change) => change.before.type !== change.after.type && !keepsValues(dialect, change.before.type, change.after.type))
    .map((change) => ({
      key: `${after.key}.${change.after.name}`,
      problem: `Values of ${after.key}.${change.after.name} may not fit when it changes from ${change.before.type} to ${change.after.type}`,
    }))
}

/** Added things that have the shape of a removed one. */
export function renameCandidates(difference: ModelDifference): RenameCandidate[] {
  const { dropped, added, changed } = difference.tables
  const tables = added.map((table) => ({
    to: table.key,
    from: dropped.filter((other) => Object.keys(other.columns).some((name) => Object.hasOwn(table.columns, name))).map(({ key }) => key),
  }))
  const columns = changed.flatMap((table) => {
    const key = (name: string): string => `${table.after.key}.${name}`
    const gone = table.columns.dropped.filter(({ name }) => !Object.hasOwn(table.after.columns, name))
    return table.columns.added
      .filter(({ name }) => !Object.hasOwn(table.before.columns, name))
      .map((column) => ({ to: key(column.name), from: gone.filter(({ type }) => type === column.type).map(({ name }) => key(name)) }))
  })
  return [...tables, ...columns].filter(({ from }) => from.length > 0)
}

/** Losses without consent, with the other way out. */
export function lossNeeds(difference: ModelDifference, allowDrops: ReadonlySet<string>): GenerateNeed[] {
  const candidates = renameCandidates(difference)
  return lossesOf(difference)
    .filter(({ key }) => !allowDrops.has(key))
    .map(({ key, problem }) => {
      const renames = candidates.filter(({ from }) => from.includes(key)).map(({ to }) => renameFlag(key, to))
      const question = renames.length === 0 ? '' : ', unless it only gets a new name'
      return { problem: `${problem}${question}.`, flags: [`--allow-drop ${key}`, ...renames] }
    })
}

function renameFlag(from: string, to: string): string {
  return `--rename ${from}:${to.slice(to.lastIndexOf('.') + 1)}`
}

/** Required columns whose rows have no value, in either direction. */
export function fillNeeds(
  directions: { up: ModelDifference; down: ModelDifference | undefined },
  fills: ReadonlyMap<string, string>,
): GenerateNeed[] {
  const missing = (difference: ModelDifference): string[] => columnsToFill(difference).required.filter((key) => !fills.has(key))
  const up = missing(directions.up).map((key) => ({
    problem: `${key} is required and has no default: say what rows that are there already get.`,
    flags: [`--fill ${key}=<SQL expression>`],
  }))
  const down = directions.down ? missing(directions.down) : []
  return [
    ...up,
    ...down.map((key) => ({
      problem: `${key} is required again on the way back: say what rows without a value get, or why there is no way back.`,
      flags: [`--fill ${key}=<SQL expression>`, '--irreversible <reason>'],
    })),
  ]
}
