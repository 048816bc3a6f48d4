export type Store = 'postgres' | 'mysql' | 'sqlite' | 'mongo' | 'memory'

/** One open transaction of one store. Repositories of that store join it by `{ tx }`; any other store refuses it. */
export interface Transaction {
  readonly store: Store
  /** Work for after the commit: not run on rollback, and its failure is logged, never thrown. */
  afterCommit(work: () => void | Promise<void>, options?: AfterCommitOptions): void
  /** A savepoint: what `work` did is undone when it throws, and the outer transaction goes on. @throws UnsupportedError where the store has none */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>
}

export interface AfterCommitOptions {
  /** Also run when the outcome of the commit is not known (CommitUnknown); for work that does no harm where nothing was committed. */
  readonly evenIfUnknown?: boolean
}

export interface TransactionOptions {
  /** SQL only, and there what the store has; MongoDB transactions are snapshot with majority write concern. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readonly readOnly?: boolean
  /** How often a serialization failure or deadlock is tried again by the outermost owner; 3 unless said otherwise. */
  readonly retries?: number
  /** Milliseconds for one attempt from BEGIN to COMMIT; 5,000 unless said otherwise. */
  readonly timeoutMs?: number
}

/** What both databases offer besides their own query language. */
export interface Database<Tx extends Transaction> {
  /** Answers or throws within its deadline. */
  ping(): Promise<void>
  health(): Promise<DatabaseHealth>
  /** Commits when `work` returns, rolls back when it throws. @throws CommitUnknownError, SerializationError */
  transaction<Result>(work: (tx: Tx) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  close(): Promise<void>
}

export type DatabaseHealth =
  | { readonly ok: true; readonly latencyMs: number; readonly pool: PoolHealth }
  | { readonly ok: false; readonly reason: string }

export interface PoolHealth {
  readonly open: number
  readonly idle: number
  readonly waiting: number
  readonly max: number
}
