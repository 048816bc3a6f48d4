import { describe, expect, it } from 'vitest'
import type { RepositoryErrorCode } from '../errors/repository-error.ts'
import type { ReadOptions } from '../repository/repository.ts'
import { callOf, everyMethod, type Call, type Method } from './every-method.ts'
import { inTenant, specimen, type OpenHarness, type Suite } from './harness.ts'

/** What a method does about a row that does not exist for its caller. */
type Answer =
  | { readonly answers: unknown }
  | { readonly refuses: RepositoryErrorCode }
  /** It writes rows of its own, and only those. */
  | 'keeps off'
  /** Such rows are what the method is for. */
  | 'reaches'

const missed: Answer = { refuses: 'not-found' }

/** A method of the contract without an answer here does not compile. */
const hidden = {
  find: { answers: undefined },
  get: missed,
  findOne: { answers: undefined },
  getOne: missed,
  getMany: { answers: [] },
  list: { answers: [] },
  page: { answers: { items: [], total: 0, page: 1, limit: 100, totalPages: 0 } },
  seek: { answers: { items: [] } },
  count: { answers: 0 },
  exists: { answers: false },
  stream: { answers: [] },
  selecting: { answers: [] },
  including: { answers: [] },
  create: 'keeps off',
  createMany: 'keeps off',
  update: missed,
  updateMany: { answers: 0 },
  upsert: 'keeps off',
  upsertMany: 'keeps off',
  increment: missed,
  delete: missed,
  deleteMany: { answers: 0 },
  softDelete: missed,
  restore: missed,
  purge: missed,
} satisfies Record<Method, Answer>

/** A row that must not be reached, who calls, and how its owner sees it. */
interface Trespass {
  readonly calls: Record<Method, Call>
  as<Result>(work: () => Promise<Result>): Promise<Result>
  look(): Promise<unknown>
}

interface Case {
  readonly name: string
  readonly answers: Readonly<Record<Method, Answer>>
  prepare(open: OpenHarness): Promise<Trespass>
}

/** Entries have no soft delete, which is said whatever the tenant. */
const unsupported: Answer = { refuses: 'unsupported' }

const cases: readonly Case[] = [
  {
    name: "another tenant's row",
    answers: { ...hidden, softDelete: unsupported, restore: unsupported },
    async prepare({ entries }) {
      const { id } = await inTenant('b', () => entries.create({ text: 'secret of b' }))
      let count = 0
      const calls = everyMethod(entries, {
        id,
        where: { id: { eq: id } },
        fresh: () => ({ text: `of a ${(count += 1)}` }),
        patch: { text: 'taken' },
        amounts: {},
        uniqueKey: ['text'],
        shown: 'text',
      })
      return { calls, as: (work) => inTenant('a', work), look: () => inTenant('b', () => entries.list({}, { scope: 'all' })) }
    },
  },
  {
    name: 'a deleted row',
    answers: { ...hidden, restore: 'reaches', purge: 'reaches' },
    async prepare({ specimens }) {
      const { id } = await specimens.create(specimen({ code: 'gone', name: 'secret' }))
      await specimens.delete(id)
      const calls = everyMethod(specimens, {
        id,
        where: { name: { eq: 'secret' } },
        fresh: () => specimen(),
        patch: { name: 'taken' },
        amounts: { amount: 1 },
        uniqueKey: ['code'],
        shown: 'code',
      })
      return { calls, as: (work) => work(), look: () => specimens.find(id, { scope: 'deleted' }) }
    },
  },
]

/** D9 and D10: every method, against rows of others and rows that are deleted, inside and outside a transaction. */
export function describeScopeLeaks({ open }: Suite): void {
  describe.each(cases)('$name', ({ answers, prepare }) => {
    for (const [method, answer] of Object.entries(answers)) {
      for (const place of ['outside', 'inside'] as const) {
        it(`is ${answer === 'reaches' ? 'within' : 'out of'} reach for ${method} ${place} a transaction`, async () => {
          const { calls, as, look } = await prepare(open())
          const before = await look()
          await as(() => checkAnswer(answer, inPlace(open(), place, callOf(calls, method))))
          if (answer === 'reaches') expect(await look()).not.toEqual(before)
          else expect(await look()).toEqual(before)
        })
      }
    }
  })
}

function inPlace(open: OpenHarness, place: 'inside' | 'outside', call: Call): Promise<unknown> {
  const options: ReadOptions = {}
  return place === 'outside' ? call(options) : open.transaction((tx) => call({ ...options, tx }))
}

async function checkAnswer(answer: Answer, call: Promise<unknown>): Promise<void> {
  if (answer === 'keeps off' || answer === 'reaches') await call
  else if ('refuses' in answer) await expect(call).rejects.toMatchObject({ code: answer.refuses })
  else expect(await call).toEqual(answer.answers)
}
