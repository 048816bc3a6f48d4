import { AsyncLocalStorage } from 'node:async_hooks'
import { InvalidValueError } from '../errors/repository-error.ts'

type TenantContext = { readonly kind: 'tenant'; readonly id: string } | { readonly kind: 'unscoped'; readonly reason: string }

const tenants = new AsyncLocalStorage<TenantContext>()

/** Runs `work` for one tenant: its calls see and write only that tenant's rows. */
export function runInTenant<Result>(id: string, work: () => Result): Result {
  if (id === '') throw new InvalidValueError('A tenant needs an id.')
  return tenants.run({ kind: 'tenant', id }, work)
}

/** Runs `work` across all tenants, for reads and for writes to existing rows; `log` is told why. */
export function unscoped<Result>(reason: string, work: () => Result, log: (reason: string) => void): Result {
  if (reason === '') throw new InvalidValueError('Leaving the tenant scope needs a reason.')
  log(reason)
  return tenants.run({ kind: 'unscoped', reason }, work)
}

/** The tenant whose rows may be seen, or undefined inside unscoped. @throws InvalidValueError when none is set */
export function visibleTenant(entity: string): string | undefined {
  const context = tenants.getStore()
  if (context === undefined) throw new InvalidValueError(`${entity} is divided by tenant; wrap the call in runInTenant.`, { entity })
  return context.kind === 'tenant' ? context.id : undefined
}

/** The tenant that new rows are stamped with. @throws InvalidValueError outside runInTenant */
export function requireTenant(entity: string): string {
  const tenant = visibleTenant(entity)
  if (tenant === undefined) throw new InvalidValueError(`A new row of ${entity} needs one tenant.`, { entity })
  return tenant
}
