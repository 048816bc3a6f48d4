import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../errors/repository-error.ts'
import { maskSecrets } from '../masking/mask-secrets.ts'
import { repositoryProblems, toProblem } from '../problem.ts'
import { specimen, type OpenHarness, type RepositoryHarness, type Suite } from './harness.ts'

const canary = 'canary-1b7e'

interface Violation {
  readonly slug: keyof typeof repositoryProblems
  readonly fields: readonly string[]
  run(open: OpenHarness, harness: RepositoryHarness): Promise<unknown>
}

interface Unchecked {
  create(input: unknown): Promise<unknown>
  list(query: unknown): Promise<unknown>
}

const violations: Readonly<Record<string, Violation>> = {
  'a second row of one key': {
    slug: 'conflict',
    fields: ['code'],
    run: ({ specimens }) => specimens.createMany([specimen({ code: canary }), specimen({ code: canary })]),
  },
  'an update to a taken key': {
    slug: 'conflict',
    fields: ['code'],
    async run({ specimens }) {
      const [row] = await specimens.createMany([specimen(), specimen({ code: canary })])
      await specimens.update(row?.id ?? '', { code: canary })
    },
  },
  'a broken rule': { slug: 'check', fields: ['amount'], run: ({ specimens }) => specimens.create(specimen({ code: canary, amount: -1 })) },
  'a rule broken by an increment': {
    slug: 'check',
    fields: ['amount'],
    async run({ specimens }) {
      const { id } = await specimens.create(specimen({ code: canary }))
      await specimens.increment(id, { amount: -1 })
    },
  },
  'a missing value': {
    slug: 'not-null',
    fields: ['code'],
    run({ specimens }) {
      const unchecked: Unchecked = specimens
      return unchecked.create({ name: canary, amount: 0, active: true })
    },
  },
  'null where a value must be': {
    slug: 'not-null',
    fields: ['amount'],
    run({ specimens }) {
      const unchecked: Unchecked = specimens
      return unchecked.create({ code: canary, amount: null, active: true })
    },
  },
  'a value that cannot be stored': {
    slug: 'invalid-value',
    fields: ['name'],
    run: ({ specimens }) => specimens.create(specimen({ name: `${canary}\0` })),
  },
  'a malformed id': { slug: 'invalid-value', fields: ['id'], run: ({ specimens }, { malformedId }) => specimens.get(malformedId) },
  'an unknown id': { slug: 'not-found', fields: [], run: ({ specimens }, { missingId }) => specimens.get(missingId) },
  'more rows than one': {
    slug: 'multiple-results',
    fields: [],
    async run({ specimens }) {
      await specimens.createMany([specimen({ name: canary }), specimen({ name: canary })])
      await specimens.getOne({ name: { eq: canary } })
    },
  },
  'an outdated version': {
    slug: 'stale-version',
    fields: ['version'],
    async run({ specimens }) {
      const { id } = await specimens.create(specimen({ name: canary }))
      await specimens.update(id, { name: canary }, { version: 7 })
    },
  },
  'a filter that is not understood': {
    slug: 'invalid-filter',
    fields: ['name'],
    run({ specimens }) {
      const unchecked: Unchecked = specimens
      return unchecked.list({ where: { name: { eq: [canary] } } })
    },
  },
  'a foreign cursor': { slug: 'invalid-cursor', fields: ['cursor'], run: ({ specimens }) => specimens.seek({ cursor: canary }) },
}

/** D13 and D14: one class and one body for a violation on every store, and no value in either. */
export function describeErrors({ open, harness }: Suite): void {
  describe('errors', () => {
    for (const [name, { slug, fields, run }] of Object.entries(violations)) {
      it(`${name} is the problem ${slug}, and repeats no value`, async () => {
        const error = await run(open(), harness).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        if (!(error instanceof RepositoryError)) throw new Error(`not refused by a RepositoryError: ${inspect(error)}`)
        const { description, fieldDetail = description, status, title } = repositoryProblems[slug]
        const problem = toProblem(error)
        expect(problem).toEqual({
          type: `/problems/${slug}`,
          title,
          status,
          detail: slug === 'invalid-filter' ? 'The filter of specimens has no comparable value for eq of name.' : description,
          errors: fields.map((field) => ({ ...placeOf(slug, field), detail: fieldDetail })),
        })
        for (const shown of [
          problem,
          error.message,
          error.stack,
          { ...error },
          JSON.stringify(error),
          JSON.stringify(maskSecrets({ error })),
        ]) {
          expect(inspect(shown, { depth: 9 })).not.toContain(canary)
        }
      })
    }
  })
}

/** Filters and cursors come in the query of a request, values in its body. */
function placeOf(slug: string, field: string): object {
  return slug === 'invalid-filter' || slug === 'invalid-cursor' ? { parameter: field } : { pointer: `#/${field}` }
}
