import { MigrationError } from '../store/migration-error.ts'

/** What the comments of a migration's file tell the runner. */
export interface MigrationHeaders {
  /** False by `transaction: off` in the first line. */
  readonly transaction: boolean
  /** The older migration that code must know, from `contract: NNNN-name because reason`. */
  readonly contract: string | undefined
  /** From `irreversible: reason`. */
  readonly irreversible: string | undefined
}

/** Reads the headers of an SQL file, whose comments begin with `--`, or of a script, where it is `//`. @throws MigrationError for one that is half said */
export function readHeaders({ text, path }: { text: string; path: string }, mark: '--' | '//'): MigrationHeaders {
  const lines = text.split(/\r?\n/).map((line) => commentOf(line, mark))
  const contract = valueOf(lines, 'contract')
  return {
    transaction: !isOffIn(lines, { path, mark }),
    contract: contract === undefined ? undefined : nameInContract(contract, { path, mark }),
    irreversible: requireReason(valueOf(lines, 'irreversible'), { path, mark }),
  }
}

/** @throws MigrationError where it would be overlooked */
function isOffIn(lines: readonly string[], { path, mark }: Place): boolean {
  const at = lines.findIndex((line) => /^transaction\s*:/i.test(line))
  if (at === 0 && /^transaction\s*:\s*off$/i.test(lines[0] ?? '')) return true
  if (at === -1) return false
  throw new MigrationError(`${path}: "${mark} transaction: off" counts in the first line alone, and as it is written here.`)
}

function commentOf(line: string, mark: string): string {
  const trimmed = line.trim()
  return trimmed.startsWith(mark) ? trimmed.slice(mark.length).trim() : ''
}

function valueOf(comments: readonly string[], header: string): string | undefined {
  return comments
    .find((comment) => comment.startsWith(`${header}:`))
    ?.slice(header.length + 1)
    .trim()
}

interface Place {
  readonly path: string
  readonly mark: string
}

function nameInContract(value: string, { path, mark }: Place): string {
  const name = /^(\d{4}-[a-z0-9-]+) because \S/.exec(value)?.[1]
  if (name !== undefined) return name
  throw new MigrationError(`${path}: write "${mark} contract: NNNN-name because <reason>", with the migration that code must know.`)
}

function requireReason(reason: string | undefined, { path, mark }: Place): string | undefined {
  if (reason === undefined || reason.length >= 10) return reason
  throw new MigrationError(`${path}: write "${mark} irreversible: <reason>" with a reason of at least 10 characters.`)
}
