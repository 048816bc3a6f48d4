import { migrateUp } from '../../src/migrations/index.ts'
import { people } from './people.ts'

/** Runs `up` in a process of its own, with the collection of DECLARED; tells each line as it is logged, and at the end what it changed. */
const [url = '', folder = ''] = process.argv.slice(2)
const collections = process.env['DECLARED'] === 'people' ? [people] : []
const tell = (message: object) => void process.send?.(message)
try {
  const { changed } = await migrateUp({ url, sources: { mongo: { folder, collections } }, log: (line) => tell({ line }) })
  tell({ changed })
} catch (error) {
  tell({ failure: String(error) })
}
process.disconnect?.()
