// Preloaded by `node --import` into the services of a chaos run, and into nothing else: it changes one source file as it is read,
// so that the oracle can show that it sees a well-known mistake. No mistake stands in the sources themselves.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { plants } from './plants.ts'

if (process.env['NODE_ENV'] === 'production') throw new Error('mistakes are not planted in production')

const wanted = plants.find(({ name }) => name === plantedIn(process.env['CHAOS_PLANT_FILE']))

if (wanted !== undefined) {
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(wanted.file)) return loaded
      return { ...loaded, source: wanted.edits.reduce(edited, readFileSync(new URL(url), 'utf8')) }
    },
  })
}

/** @throws Error when the source has changed, so that a plant cannot be there in name only */
function edited(source: string, { find, put }: { readonly find: RegExp; readonly put: string }): string {
  if (!find.test(source)) throw new Error(`there is no ${find} to plant a mistake in`)
  return source.replace(find, () => put)
}

function plantedIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
