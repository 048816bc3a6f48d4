import { describe } from 'vitest'
import { describeErrors } from './describe-errors.ts'
import { describeFilters } from './describe-filters.ts'
import { describePages } from './describe-pages.ts'
import { describeReads } from './describe-reads.ts'
import { describeSoftDelete } from './describe-soft-delete.ts'
import { describeTenants } from './describe-tenants.ts'
import { describeTransactions } from './describe-transactions.ts'
import { describeWrites } from './describe-writes.ts'
import type { RepositoryHarness } from './harness.ts'

/** The conformance suite of the repository contract; every store runs all of it. */
export function describeRepository(harness: RepositoryHarness): void {
  describe(`the repository contract on ${harness.store}`, () => {
    describeReads(harness)
    describeFilters(harness)
    describePages(harness)
    describeWrites(harness)
    describeSoftDelete(harness)
    describeTenants(harness)
    describeTransactions(harness)
    describeErrors(harness)
  })
}
