import { describe } from 'vitest'
import { describeErrors } from './describe-errors.ts'
import { describeFilters } from './describe-filters.ts'
import { describePages } from './describe-pages.ts'
import { describeReads } from './describe-reads.ts'
import { describeSoftDelete } from './describe-soft-delete.ts'
import { describeTenants } from './describe-tenants.ts'
import { describeTransactions } from './describe-transactions.ts'
import { describeWrites } from './describe-writes.ts'
import { useSuite, type Capabilities, type RepositoryHarness } from './harness.ts'

/** The conformance suite of the repository contract; every store runs all of it. What `capabilities` denies is proved to be refused. */
export function describeRepository(harness: RepositoryHarness, capabilities: Capabilities): void {
  describe(`the repository contract on ${harness.store}`, () => {
    const suite = useSuite(harness, capabilities)
    describeReads(suite)
    describeFilters(suite)
    describePages(suite)
    describeWrites(suite)
    describeSoftDelete(suite)
    describeTenants(suite)
    describeTransactions(suite)
    describeErrors(suite)
  })
}
