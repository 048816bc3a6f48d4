import path from 'node:path'
import { findProgram, firstProgram, pathFolders } from './find-program.ts'

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
  const folders = pathFolders(env)
  const search = { variable: 'RABBITMQ_SERVER_BINARY', names: ['rabbitmq-server'], folders: [...places, ...folders] }
  const server = await findProgram(search, env)
  const epmd = await firstProgram(['epmd'], [...folders, ...erlangPlaces])
  if (server === undefined || epmd === undefined) return undefined
  return { server, epmd, path: [...folders, path.dirname(epmd)].join(path.delimiter) }
}

/** Before PATH: what Debian puts there changes the user and writes its log elsewhere. */
const usualPlaces: readonly string[] = ['/usr/lib/rabbitmq/bin', '/opt/rabbitmq/sbin', '/opt/homebrew/sbin', '/usr/local/sbin']
const erlangPlaces: readonly string[] = ['/usr/bin', '/usr/local/bin', '/usr/lib/erlang/bin', '/opt/homebrew/bin']
