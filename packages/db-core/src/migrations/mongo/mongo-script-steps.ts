import type { MongoTransaction } from '../../mongo/mongo-transaction.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { StepDocument } from './mongo-record-documents.ts'
import type { MongoRecords } from './mongo-records.ts'

/** What a script has done, in the order in which it asks; kept in the migration's record, together with what the steps write. */
export class ScriptSteps {
  readonly #records: MongoRecords
  readonly #name: string
  #steps: readonly StepDocument[]
  #asked = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(records: MongoRecords, name: string, steps: readonly StepDocument[]) {
    this.#records = records
    this.#name = name
    this.#steps = steps
  }

  /** Gives the next step of the script its turn: one after the other, whatever the script awaits. */
  async take(what: string, work: (step: ScriptStep) => Promise<void>): Promise<void> {
    const position = this.#asked++
    const turn = this.#last.then(async () => {
      await work(
        new ScriptStep(this.#recorded(position, what), (step, write, patienceMs) => this.#save({ position, step, write, patienceMs })),
      )
    })
    this.#last = turn.catch(() => {})
    await turn
  }

  #recorded(position: number, what: string): StepDocument {
    const recorded = this.#steps[position]
    if (recorded === undefined) return { what, finished: false, done: 0, changed: 0, total: 0 }
    if (recorded.what === what) return recorded
    throw new MigrationError(
      `Step ${position + 1} of ${this.#name} is not the one that an earlier run has begun: the done part of an unfinished script must stay as it was.`,
    )
  }

  /** Only what is committed counts, so the steps are replaced after that. */
  async #save({ position, step, write, patienceMs }: Saving): Promise<StepDocument> {
    const replaced = (saved: StepDocument) => [...this.#steps.slice(0, position), saved, ...this.#steps.slice(position + 1)]
    const saved = await this.#records.write(async (tx) => {
      const next = await write(tx, step)
      await this.#records.writeSteps(tx, this.#name, replaced(next))
      return next
    }, patienceMs)
    this.#steps = replaced(saved)
    return saved
  }
}

/** Does a part of a step and answers the step after it. */
export type StepWrite = (tx: MongoTransaction, step: StepDocument) => Promise<StepDocument>

interface Saving {
  readonly position: number
  readonly step: StepDocument
  readonly write: StepWrite
  readonly patienceMs: number | undefined
}

type Save = (step: StepDocument, write: StepWrite, patienceMs: number | undefined) => Promise<StepDocument>

/** One step, as far as it has come. */
export class ScriptStep {
  readonly #save: Save
  #state: StepDocument

  constructor(state: StepDocument, save: Save) {
    this.#state = state
    this.#save = save
  }

  get state(): StepDocument {
    return this.#state
  }

  /** Sets what need not be kept before the next `advance` is. */
  expect(total: number): void {
    this.#state = { ...this.#state, total }
  }

  /** Does a part of the work and remembers how far the step is, in one transaction; see MongoRecords.write. */
  async advance(write: StepWrite, patienceMs?: number): Promise<void> {
    this.#state = await this.#save(this.#state, write, patienceMs)
  }
}
