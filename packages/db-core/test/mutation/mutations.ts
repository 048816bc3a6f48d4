/** A guard of db-core, broken by one replacement of text, and the cell that must notice. */
export interface Mutation {
  /** From the folder of the package. */
  readonly file: string
  readonly from: string
  readonly to: string
  readonly suite: string
  /** The end of the name of exactly one cell; groups and cell are parted by ' > '. */
  readonly cell: string
}

/** SQL without a server. */
const sqlite = 'test/sqlite-conformance.test.ts'
const cached = 'test/cache-sqlite-conformance.test.ts'

export const mutations: Readonly<Record<string, Mutation>> = {
  'a count takes in deleted rows': {
    file: 'src/sql/sql-reader.ts',
    from: 'this.#table.count(options.tx, await this.where(where, options))',
    to: "this.#table.count(options.tx, await this.where(where, { ...options, scope: 'all' }))",
    suite: sqlite,
    cell: 'a deleted row > is out of reach for count outside a transaction',
  },
  'a bulk write takes in the rows of every tenant': {
    file: 'src/sql/sql-reader.ts',
    from: 'return allOf([compileFilter(reached, this.entity), this.#table.visible(options.scope)])',
    to: 'return compileFilter(reached, this.entity)',
    suite: sqlite,
    cell: "another tenant's row > is out of reach for updateMany inside a transaction",
  },
  'reads by key forget the tenant': {
    file: 'src/sql/sql-table.ts',
    from: 'const where = allOf([isKey, visibleRows(this.entity, scope, tenant)])',
    to: 'const where = allOf([isKey, visibleRows({ ...this.entity, traits: { ...this.entity.traits, tenant: false } }, scope, undefined)])',
    suite: sqlite,
    cell: "another tenant's row > is out of reach for getMany outside a transaction",
  },
  'joined reads mix the tenants': {
    file: 'src/sql/sql-key-reader.ts',
    from: "\\n${read.tenant ?? ''}`",
    to: '`',
    suite: sqlite,
    cell: 'concurrent reads by id > keep to their tenants',
  },
  'a relation leads to deleted rows': {
    file: 'src/sql/sql-exists.ts',
    from: 'const condition = allOf([compile(node.node, target, depth + 1), visibleRows(target)])',
    to: 'const condition = compile(node.node, target, depth + 1)',
    suite: sqlite,
    cell: 'ask live rows only, and `not` is the exact complement',
  },
  'a cursor is not checked for its signature': {
    file: 'src/pages/cursor.ts',
    from: 'if (!timingSafeEqual(Buffer.from(signature), Buffer.from(sign(body, secret)))) return undefined',
    to: 'timingSafeEqual(Buffer.from(signature), Buffer.from(sign(body, secret)))',
    suite: sqlite,
    cell: 'refuse a cursor of another order, filter or scope, a damaged one, a foreign one, and none that is a text',
  },
  'a cursor is not bound to its list': {
    file: 'src/pages/cursor.ts',
    from: 'if (cursor === undefined || cursor.binding !== expected.binding) {',
    to: 'if (cursor === undefined) {',
    suite: sqlite,
    cell: 'refuse a cursor of another order, filter or scope, a damaged one, a foreign one, and none that is a text',
  },
  'undefined in a filter is dropped': {
    file: 'src/filters/parse-filter.ts',
    from: '  return Object.entries(value)\n',
    to: '  return Object.entries(value).filter(([, inner]) => inner !== undefined)\n',
    suite: sqlite,
    cell: 'refuse an undefined field in reads and writes, before any row is touched',
  },
  'an empty `in` selects every row': {
    file: 'src/filters/parse-filter.ts',
    from: "return operator === 'in' ? none : all",
    to: 'return all',
    suite: sqlite,
    cell: 'by number tell the total, also past the last page',
  },
  'a bulk write takes an empty filter': {
    file: 'src/sql/sql-changer.ts',
    from: "if (node.kind !== 'all')",
    to: 'if (node)',
    suite: sqlite,
    cell: 'refuse to change or delete all rows by a filter that selects everything: {}',
  },
  'an update does not compare the version': {
    file: 'src/sql/sql-changer.ts',
    from: 'const where = version === undefined ? key : allOf([key, this.#versionIs(version)])',
    to: 'const where = key',
    suite: sqlite,
    cell: 'update with a version writes once, and then the version is stale',
  },
  'a text to look for is a pattern': {
    file: 'src/sql/sqlite/sqlite-dialect.ts',
    from: "text.replaceAll(/[*?[]/g, '[$&]')",
    to: 'text',
    suite: sqlite,
    cell: 'filters > take every character of a text literally',
  },
  'the message of an error quotes a value': {
    file: 'src/repository/write-input.ts',
    from: "'has a value that cannot be stored'",
    to: '`has a value that cannot be stored: ${String(value)}`',
    suite: sqlite,
    cell: 'a secret value > reaches no log, no error and no problem, whatever is done with it',
  },
  'the log tells the values of a statement': {
    file: 'src/sql/sql-connection.ts',
    from: 'resolve, reject, startedAt, text: statement.text,',
    to: 'resolve, reject, startedAt, text: `${statement.text} ${JSON.stringify(statement.values)}`,',
    suite: sqlite,
    cell: 'a secret value > reaches no log, no error and no problem, whatever is done with it',
  },
  'an inner transaction tries again by itself': {
    file: 'src/sql/sql-transaction.ts',
    from: 'const result = await work(inner)',
    to: 'const result = await work(inner).catch(() => work(inner))',
    suite: sqlite,
    cell: 'leave the retry of a serialization failure to the outermost',
  },
  'a forgotten transaction is not noticed': {
    file: 'src/repository/unit-of-work.ts',
    from: '  if (!unit) return\n',
    to: '  if (!unit || unit.database === database) return\n',
    suite: sqlite,
    cell: 'are refused by every call that forgets them, before any row is touched',
  },
  'hooks run before the commit': {
    file: 'src/sql/sql-transaction.ts',
    from: 'this.hooks.push({ work, ...options })',
    to: 'void work()',
    suite: sqlite,
    cell: 'run no work of an attempt that was rolled back',
  },
  'a cache is told of a write before its commit': {
    file: 'src/cache/cached-repository.ts',
    from: '    tx.afterCommit(() => this.cache.invalidate(tags), { evenIfUnknown: true })\n    const result = await run()\n',
    to: '    const result = await run()\n    await this.cache.invalidate(tags)\n',
    suite: cached,
    cell: 'change what is read outside by their commit and by nothing else, also for those who had read it before',
  },
}
