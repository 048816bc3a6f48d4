import { describe } from 'vitest'
import { describeErrors } from './describe-errors.ts'
import { describeExists } from './describe-exists.ts'
import { describeFilters } from './describe-filters.ts'
import { describeForeignKeys } from './describe-foreign-keys.ts'
import { describeIncluding } from './describe-including.ts'
import { describeIsolation } from './describe-isolation.ts'
import { describeJoinedReads, describeJoinedWrites } from './describe-joined.ts'
import { describeLocks } from './describe-locks.ts'
import { describeNestedTransactions } from './describe-nested-transactions.ts'
import { describePages } from './describe-pages.ts'
import { describeReads } from './describe-reads.ts'
import { describeScopeLeaks } from './describe-scope-leaks.ts'
import { describeSearch } from './describe-search.ts'
import { describeSecrets } from './describe-secrets.ts'
import { describeSelecting } from './describe-selecting.ts'
import { describeSeparateRows } from './describe-separate-rows.ts'
import { describeSignals } from './describe-signals.ts'
import { describeSlugs } from './describe-slugs.ts'
import { describeSoftDelete } from './describe-soft-delete.ts'
import { describeTenants } from './describe-tenants.ts'
import { describeTransactions } from './describe-transactions.ts'
import { describeUpsertMany } from './describe-upsert-many.ts'
import { describeWrites } from './describe-writes.ts'
import { useSuite, type Capabilities, type RepositoryHarness, type Suite } from './harness.ts'

const parts: readonly ((suite: Suite) => void)[] = [
  describeReads,
  describeSelecting,
  describeIncluding,
  describeFilters,
  describeExists,
  describeSearch,
  describePages,
  describeWrites,
  describeSeparateRows,
  describeUpsertMany,
  describeSlugs,
  describeSoftDelete,
  describeTenants,
  describeScopeLeaks,
  describeSignals,
  describeJoinedReads,
  describeJoinedWrites,
  describeTransactions,
  describeNestedTransactions,
  describeIsolation,
  describeLocks,
  describeForeignKeys,
  describeErrors,
  describeSecrets,
]

/** The conformance suite of the repository contract; every store runs all of it. What `capabilities` denies is proved to be refused. */
export function describeRepository(harness: RepositoryHarness, capabilities: Capabilities): void {
  describe(`the repository contract on ${harness.store}`, () => {
    const suite = useSuite(harness, capabilities)
    for (const describePart of parts) describePart(suite)
  })
}
