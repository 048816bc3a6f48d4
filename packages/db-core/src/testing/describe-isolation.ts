import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../errors/repository-error.ts'
import type { TransactionOptions } from '../repository/transaction.ts'
import { outsideTransaction } from '../repository/unit-of-work.ts'
import { failureOf, specimen, type Suite } from './harness.ts'

type Isolation = NonNullable<TransactionOptions['isolation']>
const levels: readonly Isolation[] = ['read committed', 'repeatable read', 'serializable']

/** D12, isolation: a level that is named holds what its name says at least, or is refused. */
export function describeIsolation(suite: Suite): void {
  const { open, capabilities } = suite
  describe('isolation', () => {
    const offered = levels.filter((level) => capabilities.isolationLevels.includes(level))

    for (const isolation of levels.filter((level) => !offered.includes(level))) {
      it(`${isolation} is Unsupported before the work begins`, async () => {
        let ran = false
        const attempt = open().transaction(() => Promise.resolve((ran = true)), { isolation })
        await expect(attempt).rejects.toMatchObject({ code: 'unsupported' })
        expect(ran).toBe(false)
      })
    }

    for (const isolation of offered) {
      it(`${isolation} commits, and shows no uncommitted write of another`, async () => {
        const { id } = await open().specimens.create(specimen())
        await open().transaction(
          async (tx) => {
            await open().specimens.update(id, { amount: 1 }, { tx })
            expect(await outsideTransaction(() => open().specimens.get(id))).toMatchObject({ amount: 0 })
          },
          { isolation },
        )
        expect(await open().specimens.get(id)).toMatchObject({ amount: 1 })
      })
    }

    for (const isolation of offered.filter((level) => level === 'repeatable read')) {
      it(`${isolation} shows one state of the data from the first read on`, async () => {
        const { id } = await open().specimens.create(specimen())
        await open().transaction(
          async (tx) => {
            const before = await open().specimens.list({}, { tx })
            await outsideTransaction(() => open().specimens.update(id, { amount: 1 }))
            await outsideTransaction(() => open().specimens.create(specimen()))
            expect(await open().specimens.list({}, { tx })).toEqual(before)
            expect(await open().specimens.get(id, { tx })).toEqual(before[0])
            expect(await open().specimens.count({}, { tx })).toBe(1)
          },
          { isolation, retries: 0 },
        )
        expect(await open().specimens.count()).toBe(2)
      })
    }

    for (const isolation of offered.filter((level) => level === 'serializable')) {
      it(`${isolation} lets of two that read what the other writes only one decide by the old state`, async () => {
        const both = await open().specimens.createMany([specimen({ active: true }), specimen({ active: true })])
        const leave = (id: string) =>
          open().transaction(
            async (tx) => {
              const present = await open().specimens.count({ active: { eq: true } }, { tx })
              if (present > 1) await open().specimens.update(id, { active: false }, { tx })
            },
            { isolation, retries: 20, timeoutMs: 20_000 },
          )
        await Promise.all(both.map(({ id }) => leave(id)))
        expect(await open().specimens.count({ active: { eq: true } })).toBe(1)
      })
    }

    it('of the strongest kind loses no update of many at once: each is tried again until it fits', async () => {
      const { id } = await open().specimens.create(specimen())
      const strongest = offered.at(-1)
      const add = () =>
        open().transaction(
          async (tx) => {
            const { amount } = await open().specimens.get(id, { tx })
            await open().specimens.update(id, { amount: amount + 1 }, { tx })
          },
          { ...(strongest && { isolation: strongest }), retries: 60, timeoutMs: 20_000 },
        )
      await Promise.all(Array.from({ length: 6 }, add))
      expect(await open().specimens.get(id)).toMatchObject({ amount: 6 })
    })

    if (capabilities.readOnlyTransactions) describeReadOnly(suite)
    else describeNoReadOnly(suite)
  })
}

function describeReadOnly({ open }: Suite): void {
  it('read-only reads, and writes nothing', async () => {
    const { transaction, specimens } = open()
    const row = await specimens.create(specimen())
    expect(await transaction((tx) => specimens.list({}, { tx }), { readOnly: true })).toEqual([row])
    const write = transaction((tx) => specimens.update(row.id, { amount: 1 }, { tx }), { readOnly: true })
    expect(await failureOf(write)).toBeInstanceOf(RepositoryError)
    expect(await specimens.get(row.id)).toEqual(row)
    expect(await transaction((tx) => specimens.update(row.id, { amount: 2 }, { tx }))).toMatchObject({ amount: 2 })
  })
}

function describeNoReadOnly({ open }: Suite): void {
  it('read-only is Unsupported before the work begins', async () => {
    let ran = false
    const attempt = open().transaction(() => Promise.resolve((ran = true)), { readOnly: true })
    await expect(attempt).rejects.toMatchObject({ code: 'unsupported' })
    expect(ran).toBe(false)
  })
}
