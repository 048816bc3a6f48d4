import { RepositoryError } from '../../src/errors/repository-error.ts'

/** A repository whose input is not checked by the compiler. */
export interface Unchecked {
  create(input: unknown): Promise<unknown>
}

/** The class of a refusal with its fields, or that there was none. */
export async function verdictOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
    return 'stored'
  } catch (error) {
    if (error instanceof RepositoryError) return [error.code, ...error.fields]
    throw error
  }
}
