import { cached, ReadCache } from '../../src/cache/index.ts'
import type { OpenHarness, RepositoryHarness } from '../../src/testing/index.ts'

/** Another store with a cache in front of each repository; all share one cache, as a service would have it. */
export function cachedHarness(harness: RepositoryHarness): RepositoryHarness {
  return {
    ...harness,
    store: `${harness.store} behind a cache`,
    open: async (logger) => behindCache(await harness.open(logger), new ReadCache()),
  }
}

function behindCache(open: OpenHarness, cache: ReadCache): OpenHarness {
  const options = { ttlMs: 60_000, cache }
  return {
    ...open,
    specimens: cached(open.specimens, options),
    entries: cached(open.entries, options),
    articles: cached(open.articles, options),
    remarks: cached(open.remarks, options),
    taggings: cached(open.taggings, options),
    joinedSpecimens: cached(open.joinedSpecimens, options),
    async clear() {
      await open.clear()
      await cache.clear()
    },
    async close() {
      await cache.close()
      await open.close()
    },
  }
}
