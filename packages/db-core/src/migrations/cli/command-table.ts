export const commandNames = ['generate', 'up', 'down', 'status', 'history', 'current', 'plan', 'check', 'repair', 'baseline'] as const
export type CommandName = (typeof commandNames)[number]

export interface CommandOption {
  readonly name: string
  /** What stands for the value in the usage; an option without one is on or off. */
  readonly value?: string
  /** Whether it may be given several times. */
  readonly many?: true
  readonly help: string
}

export interface CommandDescription {
  readonly summary: string
  readonly argument?: { readonly name: string; readonly required?: true; readonly help: string }
  readonly options: readonly CommandOption[]
  /** What the exit codes besides 0 and 64 mean here. */
  readonly exitCodes: string
}

const dryRun = { name: 'dry-run', help: 'say what would be done, and change nothing' }
const yes = { name: 'yes', help: 'do not ask; off a terminal nothing is ever asked' }
const wait = { name: 'wait', value: 'seconds', help: 'how long to wait for the database, and for another run; 60 when left out' }
const store = { name: 'store', value: 'kind', help: 'postgres, mysql, sqlite or mongo, where there are several and no URL tells' }
const downTo = 'how many to undo (1 when left out), 0 for all, or the name or number of the one to go back to'
const changed = '4 an applied file was changed'

/** Every command, as the usage and the check of arguments know it. */
export const commandTable: Readonly<Record<CommandName, CommandDescription>> = {
  generate: {
    summary: 'write up, down and snapshot of a new migration from the tables in the code; needs no database',
    argument: { name: 'name', required: true, help: 'what it does, such as add-phone-number; the number comes by itself' },
    options: [
      { name: 'rename', value: 'old:new', many: true, help: 'a table, users:accounts, or a column, users.phone:phone_number' },
      { name: 'allow-drop', value: 'object', many: true, help: 'consent to lose a table, users, or a column, users.phone' },
      { name: 'fill', value: 'column=SQL', many: true, help: "what a new required column holds in old rows, users.phone='none'" },
      { name: 'allow', value: 'rule=reason', many: true, help: 'an exception of the lint' },
      { name: 'contract', value: 'NNNN-name=reason', help: 'the migration that code must know to live with this one' },
      { name: 'blank', help: 'without SQL, to be written by hand' },
      { name: 'irreversible', value: 'reason', help: 'there is no way back, and why' },
      dryRun,
      store,
    ],
    exitCodes: '1 refused: the flags to give are listed, and nothing was written',
  },
  up: {
    summary: 'apply pending migrations',
    argument: { name: 'n|to', help: 'how many, or the name or number of the last one; all when left out' },
    options: [{ name: 'in-order', help: 'refuse one that was merged late, instead of applying it with a warning' }, dryRun, wait],
    exitCodes: `1 failed, ${changed}`,
  },
  down: {
    summary: 'undo applied migrations, newest first',
    argument: { name: 'n|to', help: downTo },
    options: [{ name: 'despite-drift', help: 'also when the database is not what its migrations have made' }, dryRun, yes, wait],
    exitCodes: `1 failed, 3 drift, ${changed}`,
  },
  status: {
    summary: 'which migrations are applied, what is wrong and what to do about it',
    options: [wait],
    exitCodes: `1 failed, 2 pending, 3 drift or a missing file, ${changed}`,
  },
  history: {
    summary: 'everything that was ever done, newest first',
    options: [{ name: 'limit', value: 'n', help: 'how many entries; 50 when left out' }, wait],
    exitCodes: '1 failed',
  },
  current: { summary: 'the newest applied migration', options: [wait], exitCodes: '1 failed' },
  plan: {
    summary: 'what up would do: statements, locks, estimated rows, findings; changes nothing',
    argument: { name: 'n|to', help: 'as for up, or for down' },
    options: [{ name: 'down', help: 'what down would do' }, wait],
    exitCodes: '1 failed',
  },
  check: {
    summary: 'names, snapshots, a way back, the lint, and whether the tables in the code have their migration; needs no database',
    options: [],
    exitCodes: '1 something was found',
  },
  repair: {
    summary: 'accept drift and changed files as they are now, in the records alone',
    options: [{ name: 'forget', value: 'name', many: true, help: 'drop the record of a migration whose file is gone' }, dryRun, yes, wait],
    exitCodes: '1 failed',
  },
  baseline: {
    summary: 'record migrations as applied without running them, for a database that has their tables already',
    argument: { name: 'n|to', help: 'how many, or the name or number of the last one; all when left out' },
    options: [dryRun, yes, wait],
    exitCodes: '1 failed',
  },
}

/** What every command takes. */
export const commonOptions: readonly CommandOption[] = [
  { name: 'json', help: 'one JSON document on stdout, everything else on stderr' },
  { name: 'help', help: 'this text' },
]
