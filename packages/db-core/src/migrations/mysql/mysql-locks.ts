import { wordsOf } from './mysql-statements.ts'

interface LockRule {
  readonly matches: RegExp
  readonly lock: string
}

const briefly = 'waits for every open transaction on the table, and holds up all that come after it'

/** The first that matches says it; the words of the statement, in lower case, stand between single blanks. */
const rules: readonly LockRule[] = [
  { matches: /\balgorithm instant\b/, lock: `metadata lock, briefly: ${briefly}` },
  { matches: /\block (?:none)\b/, lock: `metadata lock, briefly: ${briefly}; reads and writes go on during the build` },
  {
    matches: /\balgorithm copy\b|\bconvert to character set\b|\balter table .*\bpartition\b/,
    lock: 'copies the table: blocks writes to it until done',
  },
  { matches: /^alter table .*\b(?:modify|change)\b/, lock: 'may copy the table: then blocks writes to it until done' },
  {
    matches: /^alter table .*\badd (?:constraint \S+ )?(?:foreign key|check)\b/,
    lock: 'copies or reads the whole table: blocks writes to it until done',
  },
  {
    matches: /^(?:create (?:fulltext|spatial) index|alter table .*\badd (?:fulltext|spatial)\b)/,
    lock: 'builds the index: blocks writes to the table until done',
  },
  {
    matches: /^(?:create (?:\S+ )?index|alter table .*\badd (?:unique|index|key)\b)/,
    lock: 'builds the index: reads and writes go on, but for a moment at the beginning and at the end',
  },
  {
    matches: /^(?:alter|rename|drop|truncate) table|^(?:drop|create) (?:\S+ )?(?:index|trigger)/,
    lock: `metadata lock, briefly: ${briefly}`,
  },
  { matches: /^(?:optimize|repair) table/, lock: 'rebuilds the table: blocks writes to it at the beginning and at the end' },
  { matches: /^(?:update|delete|replace)\b|^insert .*\bselect\b/, lock: 'locks the rows that it changes until its transaction ends' },
]

/** What a statement of MySQL or MariaDB holds up while it runs; undefined when nothing worth saying. */
export function describeMysqlLock(statement: string): string | undefined {
  const words = wordsOf(statement).join(' ')
  return rules.find(({ matches }) => matches.test(words))?.lock
}
