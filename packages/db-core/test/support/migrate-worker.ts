import { migrateDown } from '../../src/migrations/runner/migrate-down.ts'
import { migrateUp } from '../../src/migrations/runner/migrate-up.ts'

/** A run of `up` or `down` in a process of its own; it sends each line that it logs, and at last the names that it has applied. */
const [url = '', kind = '', folder = '', direction = ''] = process.argv.slice(2)
const migrate = direction === 'down' ? migrateDown : migrateUp
const log = (line: string): void => void process.send?.({ line })
const { changed } = await migrate({ url, sources: { [kind]: { folder } }, log, waitMs: 240_000 })
process.send?.({ changed }, () => process.disconnect())
