import { AsyncLocalStorage } from 'node:async_hooks'
import { InvalidValueError } from '../errors/repository-error.ts'

const actors = new AsyncLocalStorage<string>()

/** Runs `work` on behalf of `actor` (a user's id, or a name such as `system:relay`), which audited writes keep. */
export function runAs<Result>(actor: string, work: () => Result): Result {
  if (actor === '') throw new InvalidValueError('An actor needs a name.')
  return actors.run(actor, work)
}

/** Who acts now, or undefined outside runAs. */
export function currentActor(): string | undefined {
  return actors.getStore()
}

/** Who acts now. @throws InvalidValueError outside runAs */
export function requireActor(entity: string): string {
  const actor = actors.getStore()
  if (actor === undefined) throw new InvalidValueError(`A write to ${entity} needs an actor; wrap it in runAs.`, { entity })
  return actor
}
