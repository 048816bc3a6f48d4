import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../errors/repository-error.ts'
import { maskSecrets } from '../masking/mask-secrets.ts'
import { toProblem } from '../problem.ts'
import { everyMethod } from './every-method.ts'
import { collect, inTenant, type OpenHarness, type Suite } from './harness.ts'

const canary = 'canary-5e1f'

/** D13 and D16: a value that was given to a call is in no log, in no error and in no answer to a client. */
export function describeSecrets({ open, logged, capabilities, harness }: Suite): void {
  describe('a secret value', () => {
    it('reaches no log, no error and no problem, whatever is done with it', async () => {
      const errors: RepositoryError[] = []
      for (const call of [...everyCall(open()), ...refusedCalls(open(), harness.missingId)]) {
        await call().catch((error: unknown) => {
          if (!(error instanceof RepositoryError)) throw error
          errors.push(error)
        })
      }
      expect(errors.length).toBeGreaterThan(10)
      for (const error of errors) {
        const shown = [error.message, error.stack, { ...error }, JSON.stringify(error), maskSecrets({ error }), toProblem(error)]
        for (const text of shown) expect(inspect(text, { depth: 9 })).not.toContain(canary)
      }
      if (capabilities.statementLog) expect(logged().length).toBeGreaterThan(30)
      expect(logged().filter((line) => line.includes(canary))).toEqual([])
    })

    it('reaches no log by way of work after a commit that fails, which harms nothing', async () => {
      const done = await open().transaction((tx) => {
        tx.afterCommit(() => Promise.reject(new Error(canary)))
        return Promise.resolve('committed')
      })
      expect(done).toBe('committed')
      expect(logged().filter((line) => line.includes('commit')).length).toBeGreaterThan(0)
      expect(logged().filter((line) => line.includes(canary))).toEqual([])
    })
  })
}

/** Every method, with the secret wherever a value can be. */
function everyCall({ specimens, transaction }: OpenHarness): (() => Promise<unknown>)[] {
  let count = 0
  const calls = everyMethod(specimens, {
    id: canary,
    where: { name: { eq: canary } },
    fresh: () => ({ code: `${canary} ${(count += 1)}`, name: canary, amount: 1, active: true }),
    patch: { name: canary },
    amounts: { amount: 1 },
    uniqueKey: ['code'],
    shown: 'code',
  })
  return [...Object.values(calls), ...Object.values(calls).map((call) => () => transaction((tx) => call({ tx })))]
}

/** Calls that a database or db-core itself refuses, with the secret in what it might quote. */
function refusedCalls(open: OpenHarness, missingId: string): (() => Promise<unknown>)[] {
  const { specimens, articles, remarks, entries, joinedSpecimens } = open
  const row = { code: canary, name: canary, amount: 0, active: false }
  const unchecked: { list(query: unknown): Promise<unknown>; create(input: unknown): Promise<unknown> } = specimens
  return [
    () => specimens.createMany([row, row]),
    () => specimens.createMany([row, { ...row, amount: -1 }], { atomic: false }).then(throwFirst),
    () => specimens.create(row),
    () => specimens.upsertMany([row, row], ['code']),
    () => specimens.upsert({ ...row, amount: -1 }, ['code']),
    () => Promise.all([joinedSpecimens.create(row), joinedSpecimens.create(row)]),
    () => specimens.getOne({ name: { contains: canary } }),
    () => specimens.update(missingId, { name: canary }),
    () => unchecked.create({ ...row, [canary]: 1 }),
    () => unchecked.create({ ...row, amount: canary }),
    () => unchecked.list({ where: { [canary]: { eq: 1 } } }),
    () => unchecked.list({ where: { name: { [canary]: 1 } } }),
    () => unchecked.list({ where: { name: { eq: { canary } } } }),
    () => unchecked.list({ where: { amount: { eq: canary } } }),
    () => unchecked.list({ orderBy: [{ field: canary, direction: 'asc' }] }),
    () => specimens.seek({ cursor: canary }),
    () =>
      articles.createMany([
        { title: canary, slug: canary },
        { title: canary, slug: canary },
      ]),
    () => articles.list({ where: { search: canary } }),
    () => articles.list({ where: { exists: { remarks: { text: { eq: canary } } } } }),
    () => collect(articles.including({ remarks: true }).stream({ where: { title: { eq: canary } } })),
    () => remarks.create({ articleId: missingId, text: canary, rank: 1 }),
    () => inTenant(canary, () => entries.createMany([{ text: canary }, { text: canary }])),
    () => inTenant(canary, () => entries.create({ text: `${canary}\0` })),
  ]
}

function throwFirst(outcomes: readonly { readonly error?: RepositoryError | undefined }[]): void {
  for (const { error } of outcomes) if (error) throw error
}
