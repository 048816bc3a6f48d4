import { everyDialect, type Rule } from '../lint-rule.ts'

const notInTransaction: Rule = {
  name: 'not-in-transaction',
  dialects: ['postgres', 'sqlite'],
  excuse: 'nothing',
  danger: 'the server refuses it inside a transaction, so the migration fails.',
  instead: 'Make `-- transaction: off` the first line of the file.',
  find(change, { transaction }) {
    return change.kind === 'stands-alone' && transaction ? [{ subject: `${change.what} in a transaction`, object: '' }] : []
  },
}

const endsTransaction: Rule = {
  name: 'ends-transaction',
  dialects: everyDialect,
  excuse: 'nothing',
  danger: 'what the runner keeps in one transaction with its record falls apart, and a killed run can no longer be continued.',
  instead:
    'Leave it out: the runner begins and ends transactions; `-- transaction: off` in the first line makes each statement one of its own.',
  find(change) {
    return change.kind === 'transaction' ? [{ subject: change.what, object: '' }] : []
  },
}

const opaqueStatement: Rule = {
  name: 'opaque-statement',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: 'nobody but the server knows what it does, so none of these rules can warn of it.',
  instead: 'Write the SQL itself; or say in the exception what it does and why it is safe.',
  find(change) {
    return change.kind === 'opaque' ? [{ subject: change.what, object: change.what.toLowerCase() }] : []
  },
}

/** What does not go together with the way in which a file is run. */
export const fileRules: readonly Rule[] = [notInTransaction, endsTransaction, opaqueStatement]
