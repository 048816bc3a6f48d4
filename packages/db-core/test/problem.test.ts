import { describe, expect, it } from 'vitest'
import * as errors from '../src/errors/repository-error.ts'
import { repositoryProblems, toProblem } from '../src/problem.ts'

const classes = Object.values(errors).filter((type) => type !== errors.RepositoryError && type.prototype instanceof errors.RepositoryError)

describe('toProblem', () => {
  it('has an answer for every class of error, and no answer without a class', () => {
    const slugs = classes.map((type) => toProblem(make(type)).type.replace('/problems/', ''))
    expect(slugs.toSorted()).toEqual(Object.keys(repositoryProblems).toSorted())
  })

  it('asks to come back where a repetition can help, and nowhere else', () => {
    const retried = classes.map((type) => toProblem(make(type))).filter(({ retryAfterSeconds }) => retryAfterSeconds !== undefined)
    expect(retried.map(({ type }) => type).toSorted()).toEqual(
      ['commit-unknown', 'lock-timeout', 'serialization', 'statement-timeout', 'unavailable'].map((slug) => `/problems/${slug}`),
    )
  })

  it('names fields by a JSON pointer, and none of them when the fault is ours', () => {
    const conflict = new errors.ConflictError('secret text', { fields: ['email', 'a/b~c'], cause: new Error('driver text') })
    expect(toProblem(conflict)).toEqual({
      type: '/problems/conflict',
      title: 'Conflict',
      status: 409,
      detail: 'Another record already has the value of a unique field.',
      errors: [
        { pointer: '#/email', detail: 'is taken by another record' },
        { pointer: '#/a~1b~0c', detail: 'is taken by another record' },
      ],
    })
    expect(toProblem(new errors.UnknownDatabaseError('x', { fields: ['email'] }))).toMatchObject({
      type: '/problems/internal-error',
      status: 500,
      errors: [],
    })
  })

  it.each([errors.InvalidFilterError, errors.InvalidCursorError])('names the parameter of the query: %s', (type) => {
    const fault = new type('The query parameter status[in] is not valid.', { fields: ['status[in]'] })
    expect(toProblem(fault)).toMatchObject({ status: 400, errors: [{ parameter: 'status[in]', detail: expect.any(String) }] })
  })
})

function make(type: (typeof classes)[number]): errors.RepositoryError {
  const made: unknown = Reflect.construct(type, ['text'])
  if (made instanceof errors.RepositoryError) return made
  throw new Error('not an error of db-core')
}
