/** A schema that any of the three databases can hold, and changes of it made by chance. */
export interface SchemaSpec {
  readonly tables: readonly TableSpec[]
  /** Values of the one enum. */
  readonly states: readonly string[]
}

export interface TableSpec {
  readonly name: string
  /** The primary key: counted by the database, on PostgreSQL in two ways, or a text. */
  readonly key: 'counted' | 'serial' | 'text'
  readonly columns: readonly ColumnSpec[]
  readonly indexes: readonly IndexSpec[]
  /** Columns that must not be negative. */
  readonly checks: readonly string[]
}

export type Kind = 'int' | 'big' | 'text' | 'short' | 'long' | 'flag' | 'moment' | 'money' | 'state' | 'ref'

export interface ColumnSpec {
  readonly name: string
  readonly kind: Kind
  readonly required: boolean
  readonly hasDefault: boolean
  /** Of a ref: the table that it points at, which comes earlier or is its own. */
  readonly target?: string
}

export interface IndexSpec {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
  /** With the condition that the first column is there; where the database has conditions. */
  readonly partial: boolean
}

export interface Evolution {
  readonly before: SchemaSpec
  readonly after: SchemaSpec
  /** As `--rename` flags. */
  readonly renames: readonly string[]
}

/** Numbers from 0 to 1 that a seed decides. */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const kinds: readonly Kind[] = ['int', 'big', 'text', 'short', 'long', 'flag', 'moment', 'money', 'state']

class Builder {
  readonly #chance: () => number
  #names = 0

  constructor(seed: number) {
    this.#chance = seededChance(seed)
  }

  below(limit: number): number {
    return Math.floor(this.#chance() * limit)
  }

  odds(share: number): boolean {
    return this.#chance() < share
  }

  pick<T>(things: readonly T[]): T | undefined {
    return things[this.below(things.length)]
  }

  name(prefix: string): string {
    return `${prefix}${++this.#names}`
  }

  column(kind: Kind = this.pick(kinds) ?? 'int'): ColumnSpec {
    return { name: this.name('c'), kind, required: this.odds(0.5), hasDefault: this.odds(0.3) }
  }

  ref(target: string): ColumnSpec {
    return { name: this.name('r'), kind: 'ref', required: false, hasDefault: false, target }
  }

  table(earlier: readonly TableSpec[]): TableSpec {
    const name = this.name('t')
    const columns = Array.from({ length: 2 + this.below(4) }, () => this.column())
    const targets = [...earlier.map((table) => table.name), name].filter(() => this.odds(0.4))
    const complete: TableSpec = {
      name,
      key: this.pick(['counted', 'serial', 'text'] as const) ?? 'text',
      columns: [...columns, ...targets.map((target) => this.ref(target))],
      indexes: [],
      checks: columns.filter(({ kind }) => kind === 'int' && this.odds(0.4)).map((column) => column.name),
    }
    const indexes = [this.index(complete), this.index(complete)].flatMap((index) => index ?? [])
    return { ...complete, indexes }
  }

  index(table: TableSpec): IndexSpec | undefined {
    const able = table.columns.filter(({ kind }) => ['int', 'big', 'short', 'ref'].includes(kind))
    const columns = able.filter(() => this.odds(0.5)).map(({ name }) => name)
    if (columns.length === 0) return undefined
    // Values that a fill makes are alike, so only what no fill ever touches is unique.
    const unique =
      this.odds(0.4) && columns.every((name) => able.some((column) => column.name === name && column.required && !column.hasDefault))
    return { name: this.name('i'), columns, unique, partial: this.odds(0.3) }
  }
}

/** A schema and what becomes of it by one to four changes. */
export function randomEvolution(seed: number): Evolution {
  const builder = new Builder(seed)
  const tables: TableSpec[] = []
  for (let count = 1 + builder.below(3); count > 0; count--) tables.push(builder.table(tables))
  const before: SchemaSpec = { tables, states: ['open', 'paid'] }
  let evolution: Evolution = { before, after: before, renames: [] }
  for (let count = 1 + builder.below(4); count > 0; count--) {
    const change = builder.pick(changes)
    if (change) evolution = change(builder, evolution)
  }
  return evolution
}

type Change = (builder: Builder, evolution: Evolution) => Evolution

function withTable(evolution: Evolution, name: string, change: (table: TableSpec) => TableSpec): Evolution {
  const tables = evolution.after.tables.map((table) => (table.name === name ? change(table) : table))
  return { ...evolution, after: { ...evolution.after, tables } }
}

function isOld({ before }: Evolution, table: string, column?: string): boolean {
  const found = before.tables.find(({ name }) => name === table)
  return found !== undefined && (column === undefined || found.columns.some(({ name }) => name === column))
}

const isUsed = (table: TableSpec, column: string): boolean =>
  table.indexes.some(({ unique, columns }) => unique && columns.includes(column))

function changeColumn(
  builder: Builder,
  evolution: Evolution,
  change: (column: ColumnSpec, table: TableSpec) => ColumnSpec | undefined,
): Evolution {
  const table = builder.pick(evolution.after.tables)
  const column = table && builder.pick(table.columns.filter(({ name, kind }) => kind !== 'ref' && !isUsed(table, name)))
  const changed = column && change(column, table)
  if (!changed) return evolution
  return withTable(evolution, table.name, (old) => ({ ...old, columns: old.columns.map((each) => (each === column ? changed : each)) }))
}

const retypes: Readonly<Partial<Record<Kind, readonly Kind[]>>> = {
  int: ['big', 'text'],
  big: ['int', 'text'],
  short: ['long', 'text'],
  long: ['short', 'text'],
  text: ['long', 'short'],
}

const changes: readonly Change[] = [
  // A table comes.
  (builder, evolution) => ({
    ...evolution,
    after: { ...evolution.after, tables: [...evolution.after.tables, builder.table(evolution.after.tables)] },
  }),
  // A table goes, and what points at it.
  (builder, evolution) => {
    const gone = builder.pick(evolution.after.tables)?.name
    if (gone === undefined || evolution.after.tables.length < 2 || evolution.renames.length > 0) return evolution
    const tables = evolution.after.tables
      .filter(({ name }) => name !== gone)
      .map((table) => {
        const lost = new Set(table.columns.filter(({ target }) => target === gone).map(({ name }) => name))
        const indexes = table.indexes.filter(({ columns }) => !columns.some((column) => lost.has(column)))
        return { ...table, columns: table.columns.filter(({ name }) => !lost.has(name)), indexes }
      })
    return { ...evolution, after: { ...evolution.after, tables } }
  },
  // A table gets another name.
  (builder, evolution) => {
    const table = builder.pick(evolution.after.tables.filter(({ name }) => isOld(evolution, name)))
    if (!table) return evolution
    const to = builder.name('t')
    const tables = evolution.after.tables.map((each) => ({
      ...each,
      name: each.name === table.name ? to : each.name,
      columns: each.columns.map((column) => (column.target === table.name ? { ...column, target: to } : column)),
    }))
    return { ...evolution, after: { ...evolution.after, tables }, renames: [...evolution.renames, `${table.name}:${to}`] }
  },
  // A column comes.
  (builder, evolution) => {
    const table = builder.pick(evolution.after.tables)
    return table ? withTable(evolution, table.name, (old) => ({ ...old, columns: [...old.columns, builder.column()] })) : evolution
  },
  // A column goes, and the indexes and checks on it.
  (builder, evolution) => {
    const table = builder.pick(evolution.after.tables)
    const column = table && builder.pick(table.columns)
    const renamed = column && evolution.renames.some((rename) => rename.endsWith(`:${column.name}`))
    if (!table || !column || renamed === true || table.columns.length < 2) return evolution
    return withTable(evolution, table.name, (old) => ({
      ...old,
      columns: old.columns.filter((each) => each !== column),
      indexes: old.indexes.filter(({ columns }) => !columns.includes(column.name)),
      checks: old.checks.filter((name) => name !== column.name),
    }))
  },
  // A column gets another name.
  (builder, evolution) => {
    const table = builder.pick(evolution.after.tables.filter(({ name }) => isOld(evolution, name)))
    const column = table && builder.pick(table.columns.filter(({ name }) => isOld(evolution, table.name, name)))
    if (!table || !column) return evolution
    const to = builder.name('c')
    const swap = (name: string): string => (name === column.name ? to : name)
    const renamed = withTable(evolution, table.name, (old) => ({
      ...old,
      columns: old.columns.map((each) => (each === column ? { ...each, name: to } : each)),
      indexes: old.indexes.map((index) => ({ ...index, columns: index.columns.map(swap) })),
      checks: old.checks.map(swap),
    }))
    return { ...renamed, renames: [...renamed.renames, `${table.name}.${column.name}:${to}`] }
  },
  (builder, evolution) => changeColumn(builder, evolution, (column) => ({ ...column, required: !column.required })),
  (builder, evolution) => changeColumn(builder, evolution, (column) => ({ ...column, hasDefault: !column.hasDefault })),
  (builder, evolution) =>
    changeColumn(builder, evolution, (column, table) => {
      const kind = builder.pick(retypes[column.kind] ?? [])
      const used = table.indexes.some(({ columns }) => columns.includes(column.name)) || table.checks.includes(column.name)
      return kind === undefined || used ? undefined : { ...column, kind }
    }),
  // An index comes, or all of a table go.
  (builder, evolution) => {
    const table = builder.pick(evolution.after.tables)
    const index = table && builder.index(table)
    return index && table
      ? withTable(evolution, table.name, (old) => ({ ...old, indexes: [...old.indexes, { ...index, unique: false }] }))
      : evolution
  },
  (builder, evolution) => {
    const table = builder.pick(evolution.after.tables)
    return table ? withTable(evolution, table.name, (old) => ({ ...old, indexes: [] })) : evolution
  },
  // Checks come where none are, and go where some are.
  (builder, evolution) => {
    const table = builder.pick(evolution.after.tables)
    if (!table) return evolution
    const able = table.columns.filter(({ kind }) => kind === 'int' || kind === 'money').map(({ name }) => name)
    return withTable(evolution, table.name, (old) => ({ ...old, checks: old.checks.length === 0 ? able : [] }))
  },
  // A reference comes.
  (builder, evolution) => {
    const position = builder.below(evolution.after.tables.length)
    const [table, target] = [evolution.after.tables[position], evolution.after.tables[builder.below(position + 1)]]
    return table && target
      ? withTable(evolution, table.name, (old) => ({ ...old, columns: [...old.columns, builder.ref(target.name)] }))
      : evolution
  },
  // The enum grows, or loses a value.
  (builder, evolution) => {
    const states = builder.odds(0.6) ? ['open', 'closed', 'paid'] : ['open']
    return { ...evolution, after: { ...evolution.after, states } }
  },
]
