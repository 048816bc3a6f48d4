import path from 'node:path'
import type { MigrationScript } from '../store/migration.ts'
import type { PlannedStatement } from '../store/migration-store.ts'
import { progress } from './mongo-batches.ts'
import type { RecordDocument, StepDocument } from './mongo-record-documents.ts'

/** A script tells what it does only by doing it; what an earlier run has done of it is known. */
export function planScript({ path: file }: MigrationScript, record: RecordDocument | undefined): PlannedStatement[] {
  const text = `run ${path.basename(file)}: a script, so what it writes is not known before it runs`
  const lock = 'no collection is locked; validators let everything through while it runs'
  const steps = record === undefined || record.state === 'applied' ? [] : (record.steps ?? [])
  return [{ text, lock }, ...steps.map((step) => ({ text: describeStep(step) }))]
}

function describeStep(step: StepDocument): string {
  const [kind, ...subject] = step.what.split(' ')
  const name = kind === 'batches' ? `${subject[0]}: ${progress(step)}` : subject.join(' ')
  return step.finished ? `leave out ${name}, done by an earlier run` : `go on with ${name}`
}
