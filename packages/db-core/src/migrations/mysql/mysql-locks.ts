import { wordsOf } from './mysql-statements.ts'

interface LockRule {
  readonly matches: RegExp
  readonly lock: string
}

const briefly = 'waits for every open transaction on the table, and holds up all that come after it'

const online = `builds beside the traffic: reads and writes go on, but for a metadata lock at the beginning and at the end that ${briefly}`

/** The first that matches says it; the words of the statement, in lower case, stand between single blanks. */
const rules: readonly LockRule[] = [
  { matches: /\balgorithm instant\b/, lock: `metadata lock, briefly: ${briefly}` },
  { matches: /\block none\b/, lock: online },
  {
    matches:
      /\balgorithm copy\b|\bconvert to character set\b|\b(?:reorganize|coalesce) partition\b|\bpartition by\b|\bremove partitioning\b/,
    lock: 'copies the table: blocks writes to it until done',
  },
  { matches: /^alter table .*\b(?:modify|change|drop primary)\b/, lock: 'may copy the table: then blocks writes to it until done' },
  {
    matches: /^alter table .*\badd (?:constraint (?:\S+ )?)?(?:foreign key|check)\b/,
    lock: 'copies or reads the whole table: blocks writes to it until done',
  },
  {
    matches: /^create (?:fulltext|spatial) index|^alter table .*\badd (?:fulltext|spatial)\b/,
    lock: 'builds the index: blocks writes to the table until done',
  },
  {
    matches: /^create (?:unique )?index|^alter table .*\badd (?:constraint (?:\S+ )?)?(?:unique|index|key|primary key)\b/,
    lock: online,
  },
  { matches: /^alter table .*\b(?:engine|force|row_format)\b|^optimize table/, lock: online },
  {
    matches: /^(?:alter|rename|drop|truncate) table|^(?:drop|create) (?:\S+ )?(?:index|trigger)/,
    lock: `metadata lock, briefly: ${briefly}`,
  },
  { matches: /^(?:update|delete|replace)\b|^insert .*\bselect\b/, lock: 'locks the rows that it changes until its transaction ends' },
]

/** What a statement of MySQL or MariaDB holds up while it runs; undefined when nothing worth saying. */
export function describeMysqlLock(statement: string): string | undefined {
  const words = wordsOf(statement).join(' ')
  return rules.find(({ matches }) => matches.test(words))?.lock
}
