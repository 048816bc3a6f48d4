import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { currentActor, runAs, runInTenant, unscoped, uuidV7 } from '../src/index.ts'
import { slugCandidates, slugOf, withFreeSlug } from '../src/mixins/slug.ts'
import { ConflictError, NotFoundError } from '../src/errors/repository-error.ts'

describe('uuidV7', () => {
  it('keeps rising when the clock stands still, and when it steps back', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const made = Array.from({ length: 10_000 }, uuidV7)
    vi.setSystemTime(Date.now() - 60_000)
    made.push(...Array.from({ length: 10_000 }, uuidV7))
    expect(made).toEqual(made.toSorted())
    expect(new Set(made).size).toBe(made.length)
  })

  it('grows within this process, also when more are made than a millisecond has numbers', () => {
    const made = Array.from({ length: 20_000 }, uuidV7)
    expect(made).toEqual(made.toSorted())
    expect(new Set(made).size).toBe(made.length)
    for (const uuid of made.slice(0, 100)) expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })
})

describe('who acts and for whom', () => {
  it('is known inside, at any depth, and not outside', async () => {
    expect(currentActor()).toBeUndefined()
    await runAs('outer', async () => {
      expect(runAs('inner', currentActor)).toBe('inner')
      await Promise.resolve()
      expect(currentActor()).toBe('outer')
    })
    expect(currentActor()).toBeUndefined()
  })

  it('needs a name', () => {
    const refusal = expect.objectContaining({ code: 'invalid-value' })
    expect(() => runAs('', currentActor)).toThrow(refusal)
    expect(() => runInTenant('', currentActor)).toThrow(refusal)
    expect(() =>
      unscoped('', currentActor, () => {
        throw new Error('nothing to be told')
      }),
    ).toThrow(refusal)
  })
})

describe('slugs', () => {
  it('are made of the letters and digits of a text', () => {
    expect(slugOf('  Hello, World!  ')).toBe('hello-world')
    expect(slugOf('Ünïcödé Ǆ ﬁ')).toBe('unicode-dz-fi')
    expect(slugOf('Ж')).toBe('item')
    expect(slugOf(`${'a'.repeat(79)} b`)).toBe('a'.repeat(79))
  })

  it('are tried numbered first, and are never longer than 80', () => {
    const [base, ...others] = slugCandidates(`${'a'.repeat(77)} ${'b'.repeat(9)}`)
    expect(base).toBe(`${'a'.repeat(77)}-bb`)
    expect(others.slice(0, 4)).toEqual([2, 3, 4, 5].map((number) => `${'a'.repeat(77)}-${number}`))
    for (const slug of others.slice(4)) expect(slug).toMatch(/^a{73}-[a-z0-9]{6}$/)
  })

  it('are given up after all candidates were taken, and at once for any other failure', async () => {
    const taken = new ConflictError('taken', { fields: ['slug'] })
    const tried: string[] = []
    const refuse = (error: Error) => (slug: string) => {
      tried.push(slug)
      return Promise.reject(error)
    }
    await expect(withFreeSlug('Same', refuse(taken))).rejects.toBe(taken)
    expect(tried).toHaveLength(8)
    expect(new Set(tried).size).toBe(8)
    tried.length = 0
    for (const other of [new ConflictError('taken', { fields: ['code'] }), new NotFoundError('gone')]) {
      await expect(withFreeSlug('Same', refuse(other))).rejects.toBe(other)
    }
    expect(tried).toEqual(['same', 'same'])
  })
})
