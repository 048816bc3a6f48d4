export { cachedFunction, type CachedFunction, type CachedFunctionOptions } from './cached-function.ts'
export { cached, CachedRepository, type CachedOptions } from './cached-repository.ts'
export { ReadCache, type CacheMetrics, type ReadCacheOptions } from './read-cache.ts'
export type { SecondLevel, SecondLevelAnswer, Wanted } from './second-level.ts'
