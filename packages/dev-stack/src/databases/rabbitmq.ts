import { chown, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freePort } from '../processes/free-port.ts'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { startEpmd, type Epmd } from './epmd.ts'
import { serverUser, type ServerUser } from './postgres-binaries.ts'
import { serverFolder, type ServerFolder } from './postgres-folder.ts'
import { rabbitmqBinaries, type RabbitmqBinaries } from './rabbitmq-binaries.ts'
import { startServer } from './server-process.ts'

export interface RabbitmqOptions extends Omit<DatabaseServerOptions, 'durable'> {
  /** Of the user `polystore`; counts for the first start on a folder. */
  password?: string
}

/** Starts a real RabbitMQ on 127.0.0.1, a node by itself: its register of nodes and its cookie are its own. */
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<DatabaseServer> {
  const binaries = await rabbitmqBinaries()
  if (!binaries) throw new Error('there is no RabbitMQ: install rabbitmq-server, or set RABBITMQ_SERVER_BINARY')
  const user = await serverUser('rabbitmq')
  const folder = await serverFolder(options.dataDir, { user, server: 'rabbitmq' })
  const password = options.password ?? 'polystore'
  await writeSettings(folder, user, password)
  const epmd = await startEpmd(binaries.epmd, user)
  try {
    const node = { binaries, folder, epmd, distributionPort: await freePort() }
    return withEpmd(await startServer(program(node, user, password), options), epmd)
  } catch (error) {
    await epmd.stop()
    throw error
  }
}

interface Node {
  binaries: RabbitmqBinaries
  folder: ServerFolder
  epmd: Epmd
  distributionPort: number
}

function program(node: Node, user: ServerUser | undefined, password: string) {
  return {
    name: 'RabbitMQ',
    file: node.binaries.server,
    folder: node.folder,
    user,
    env: environment(node),
    args: (port: number) => ['-rabbit', 'tcp_listeners', `[{"127.0.0.1",${port}}]`],
    url: (port: number) => `amqp://polystore:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    ready: /Server startup complete/u,
    passing: /eaddrinuse|port \d+ in use/iu,
    stopSteps: [{ signal: 'SIGTERM', waitMs: 15_000 }],
    abandonSignal: 'SIGTERM',
  } as const
}

async function writeSettings({ dataDir }: ServerFolder, user: ServerUser | undefined, password: string): Promise<void> {
  const settings = [
    ...['default_user = polystore', `default_pass = ${password}`],
    ...['log.console = true', 'log.console.level = info', 'disk_free_limit.absolute = 50MB', 'raft.wal_max_size_bytes = 32000000'],
  ]
  for (const [name, text] of [
    [settingsFile, settings.join('\n')],
    [pluginsFile, '[].'],
  ] as const) {
    const file = path.join(dataDir, name)
    await writeFile(file, `${text}\n`, { mode: 0o600 })
    if (user) await chown(file, user.uid, user.gid)
  }
}

const settingsFile = 'rabbitmq.conf'
const pluginsFile = 'enabled_plugins'

/** Everything that the broker would otherwise look for in the system's own folders. */
function environment({ binaries, folder: { dataDir }, epmd, distributionPort }: Node): NodeJS.ProcessEnv {
  return {
    ...{ PATH: binaries.path, HOME: dataDir, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    ...{ ERL_EPMD_PORT: String(epmd.port), ERL_EPMD_ADDRESS: '127.0.0.1' },
    ...{ RABBITMQ_CONF_ENV_FILE: path.join(dataDir, 'none'), RABBITMQ_NODENAME: 'polystore@localhost' },
    ...{ RABBITMQ_DIST_PORT: String(distributionPort), RABBITMQ_LOGS: '-', RABBITMQ_LOG_BASE: dataDir },
    ...{ RABBITMQ_MNESIA_DIR: path.join(dataDir, 'data'), RABBITMQ_CONFIG_FILE: path.join(dataDir, settingsFile) },
    ...{ RABBITMQ_ENABLED_PLUGINS_FILE: path.join(dataDir, pluginsFile) },
    ...{ RABBITMQ_FEATURE_FLAGS_FILE: path.join(dataDir, 'feature_flags'), RABBITMQ_GENERATED_CONFIG_DIR: path.join(dataDir, 'config') },
    // The script then becomes the broker instead of waiting for it, so that signals reach the broker itself.
    ...{ RABBITMQ_ALLOW_INPUT: '1', RABBITMQ_SERVER_START_ARGS: '-noinput' },
    ...{ RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}' },
  }
}

function withEpmd(server: DatabaseServer, epmd: Epmd): DatabaseServer {
  const ended = server.exited.then(() => epmd.stop())
  return {
    ...server,
    async stop() {
      await server.stop()
      await ended
    },
    async kill(signal) {
      await server.kill(signal)
      await ended
    },
  }
}
