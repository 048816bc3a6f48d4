import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SupervisedProcess, type SupervisedOptions } from '../processes/supervised-process.ts'
import { ensurePostgresDatabases, launchMongo, launchPostgres, launchRabbitmq } from './stack-databases.ts'
import { serviceEnvironments, stackUrls, type ServiceEnvironments, type StackTransport, type StackUrls } from './stack-environment.ts'
import { serviceProcesses, type Rewire } from './service-processes.ts'
import { allocatePorts, type ProcessName, type ReplicaName, type ServiceName, type StackPorts } from './stack-ports.ts'
import { stackSecrets } from './stack-secrets.ts'
import { runOnceIfThere, type Task } from './run-once.ts'
import { serviceFile, serviceNames } from './service-files.ts'
import { launchService } from './service-process.ts'

export interface StackOptions {
  /** Kept by the caller; without one the folder is temporary and goes with the stack. */
  dataDir?: string
  /** Default: all four. */
  services?: readonly ServiceName[]
  /** Wishes; without one a process gets a random port. */
  ports?: Partial<StackPorts>
  /** For every service, over everything else. */
  env?: Readonly<Record<string, string>>
  /** How events go from service to service; `rabbitmq` needs a rabbitmq-server on this machine. Default: http. */
  transport?: StackTransport
  /** Second processes of services; the gateway spreads its requests over both. Default: none. */
  replicas?: readonly ReplicaName[]
  /** Last word on what single processes are given: addresses of proxies between them, for example. */
  rewire?: Rewire
  /** Demo accounts and a small catalogue. Default: true. */
  seed?: boolean
  /** True: what is committed survives a crash of the machine. Default: true exactly when `dataDir` is given. */
  durable?: boolean
  /** True: what dies is started again. Default: true. */
  autoRestart?: boolean
  /** How often and after what pauses what dies is started again; for faults that kill the same process many times. */
  backOff?: NonNullable<SupervisedOptions['backOff']>
  log?: (line: string) => void
  /** Called when a process died too often to be started again. */
  onGivenUp?: (reason: Error) => void
}

export interface Stack {
  urls: StackUrls
  dataDir: string
  /** What each service was given; with secrets. */
  environments: ServiceEnvironments
  /** Address of each service process, replicas among them. */
  addresses: ReadonlyMap<ProcessName, string>
  processes: ReadonlyMap<ProcessName, SupervisedProcess>
  /** Aborted when the stack begins to stop. */
  stopping: AbortSignal
  /** Settles when the process is ready for work again. */
  restart(name: ProcessName): Promise<void>
  /** Services first, then databases; `force` kills. Settles when no process is left. */
  stop(options?: { force?: boolean }): Promise<void>
}

/** Databases, migrations, seed and services, each awaited; when one fails, what was started is stopped and the error thrown. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const stack = await prepareStack(options)
  try {
    await bringUp(stack, options)
    return stack
  } catch (error) {
    await stack.stop()
    throw error
  }
}

/** A stack that is not started yet, so that its caller can stop it at any moment of the start. */
export async function prepareStack(options: StackOptions): Promise<Stack> {
  const dataDir = path.resolve(options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'polystore-stack-'))))
  const temporary = options.dataDir === undefined
  await mkdir(path.join(dataDir, 'logs'), { recursive: true })
  const secrets = await stackSecrets(dataDir)
  const ports = await allocatePorts(options.ports ?? {})
  const urls = stackUrls(ports, secrets, options.transport ?? 'http')
  const environments = withOverrides(serviceEnvironments({ urls, ports, secrets, dataDir }), options.env)
  const log = options.log ?? (() => {})
  const databases = { dataDir, ports, secrets, durable: options.durable ?? !temporary, log }
  const supervise = (name: ProcessName, launch: ConstructorParameters<typeof SupervisedProcess>[0]['launch']): SupervisedProcess =>
    new SupervisedProcess({ name, launch, log, autoRestart: options.autoRestart ?? true, ...supervision(options) })
  const processes = new Map<ProcessName, SupervisedProcess>([
    ['postgres', supervise('postgres', launchPostgres(databases))],
    ['mongo', supervise('mongo', launchMongo(databases))],
  ])
  if (urls.rabbitmq !== undefined) processes.set('rabbitmq', supervise('rabbitmq', launchRabbitmq(databases)))
  const { rewire, replicas = [], services = serviceNames } = options
  const planned = await serviceProcesses({ urls, dataDir, environments, services, replicas, rewire })
  for (const { name, service, url, env } of planned) {
    const launch = {
      name,
      file: serviceFile(service, 'server.ts'),
      env: { ...process.env, ...env },
      readyUrl: `${url}/readyz`,
      logFile: path.join(dataDir, 'logs', `${name}.log`),
    }
    processes.set(
      name,
      supervise(name, (stopping) => launchService(launch, stopping)),
    )
  }
  const stopping = new AbortController()
  return {
    urls,
    dataDir,
    environments,
    addresses: new Map(planned.map(({ name, url }) => [name, url])),
    processes,
    stopping: stopping.signal,
    restart: (name) => processOf(processes, name).restart(),
    async stop(stopOptions) {
      stopping.abort()
      await stopInOrder(processes, stopOptions)
      if (temporary) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function supervision({ backOff, onGivenUp }: StackOptions): Pick<StackOptions, 'backOff' | 'onGivenUp'> {
  return { ...(backOff && { backOff }), ...(onGivenUp && { onGivenUp }) }
}

function withOverrides(environments: ServiceEnvironments, env: StackOptions['env']): ServiceEnvironments {
  const { gateway, auth, products, orders } = environments
  return { gateway: { ...gateway, ...env }, auth: { ...auth, ...env }, products: { ...products, ...env }, orders: { ...orders, ...env } }
}

function processOf(processes: ReadonlyMap<ProcessName, SupervisedProcess>, name: ProcessName): SupervisedProcess {
  const found = processes.get(name)
  if (!found) throw new Error(`the stack has no ${name}`)
  return found
}

/** Starts everything of a prepared stack. */
export async function bringUp(stack: Stack, { seed = true, log = () => {} }: StackOptions): Promise<void> {
  const services = serviceNames.filter((name) => stack.processes.has(name))
  const servers = (['postgres', 'mongo', 'rabbitmq'] as const).filter((name) => stack.processes.has(name))
  log(stack.urls.rabbitmq === undefined ? 'starting PostgreSQL and MongoDB' : 'starting PostgreSQL, MongoDB and RabbitMQ')
  await all(servers, (name) => processOf(stack.processes, name).start())
  await ensurePostgresDatabases(stack.urls.postgres)
  log('migrating')
  await all(services, (name) => runOnceIfThere(task(stack, name, 'migrate.ts')))
  if (seed) await all(services, (name) => runOnceIfThere(task(stack, name, 'seed.ts')))
  log('starting the services')
  await all([...stack.addresses.keys()], (name) => processOf(stack.processes, name).start())
}

function task(stack: Stack, name: ServiceName, file: 'migrate.ts' | 'seed.ts'): Task {
  const env = { ...process.env, ...stack.environments[name] }
  const args = file === 'migrate.ts' ? ['up'] : []
  const title = file === 'migrate.ts' ? `migrations of ${name}` : `seed of ${name}`
  return { title, file: serviceFile(name, file), args, env, stopping: stack.stopping }
}

/** Awaits every one, also when one fails, so that nothing is still starting when the error is handled. */
async function all<Name>(names: readonly Name[], work: (name: Name) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(names.map(work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

async function stopInOrder(processes: ReadonlyMap<ProcessName, SupervisedProcess>, options?: { force?: boolean }): Promise<void> {
  // The door closes first; the databases outlive everyone who writes to them.
  for (const group of [['gateway'], ['orders', 'orders-2', 'auth', 'products', 'products-2'], ['postgres', 'mongo', 'rabbitmq']] as const) {
    await Promise.all(group.map(async (name) => processes.get(name)?.close(options)))
  }
}
