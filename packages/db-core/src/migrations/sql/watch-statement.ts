import type { SqlRun } from './sql-run.ts'

const everyMs = 5000

/** Writes a line every few seconds while `work` runs: for how long it does, and how far the server says it is. */
export async function watchStatement<Result>(run: SqlRun, label: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now()
  const watcher = new ProgressWatcher(run)
  const timer = setInterval(() => void watcher.tell(label, startedAt), everyMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await watcher.close()
  }
}

/** Asks on a second connection, which is opened when a statement turns out to be long. */
class ProgressWatcher {
  readonly #run: SqlRun
  #source: Promise<{ read(): Promise<string | undefined>; close(): Promise<void> } | undefined> | undefined

  constructor(run: SqlRun) {
    this.#run = run
  }

  async tell(label: string, startedAt: number): Promise<void> {
    const progress = await this.#read()
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    this.#run.log(`${label}: running for ${seconds} s${progress === undefined ? '' : `, ${progress}`}`)
  }

  async close(): Promise<void> {
    const source = await this.#source
    await source?.close()
  }

  /** A progress that cannot be read must not stop the migration. */
  async #read(): Promise<string | undefined> {
    const { dialect, url, session } = this.#run
    this.#source ??= dialect.watchProgress?.(url, session).catch(() => undefined)
    const source = await this.#source
    return source?.read().catch(() => undefined)
  }
}
