import { access, constants } from 'node:fs/promises'
import path from 'node:path'

export interface RabbitmqBinaries {
  /** The script that becomes the broker. */
  server: string
  /** Erlang's register of nodes, without which the broker does not start. */
  epmd: string
  /** Folders in which the script finds Erlang. */
  path: string
}

/** RABBITMQ_SERVER_BINARY, or `rabbitmq-server` where packages put it or on PATH, with an Erlang beside it. Undefined where there is none. */
export async function rabbitmqBinaries(env = process.env, places = usualPlaces): Promise<RabbitmqBinaries | undefined> {
  const folders = (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '')
  const given = env.RABBITMQ_SERVER_BINARY
  if (given && !(await isExecutable(given))) throw new Error(`RABBITMQ_SERVER_BINARY names no program: ${given}`)
  const server = given || (await firstExecutable([...places, ...folders], 'rabbitmq-server'))
  const epmd = await firstExecutable([...folders, ...erlangPlaces], 'epmd')
  if (server === undefined || epmd === undefined) return undefined
  return { server, epmd, path: [...folders, path.dirname(epmd)].join(path.delimiter) }
}

/** Before PATH: what Debian puts there changes the user and writes its log elsewhere. */
const usualPlaces: readonly string[] = ['/usr/lib/rabbitmq/bin', '/opt/rabbitmq/sbin', '/opt/homebrew/sbin', '/usr/local/sbin']
const erlangPlaces: readonly string[] = ['/usr/bin', '/usr/local/bin', '/usr/lib/erlang/bin', '/opt/homebrew/bin']

async function firstExecutable(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const file = path.join(folder, name)
    if (await isExecutable(file)) return file
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
