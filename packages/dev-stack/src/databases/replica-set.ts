import { MongoClient, MongoServerError } from 'mongodb'
import { setTimeout as delay } from 'node:timers/promises'

export const replicaSetName = 'rs0'

const primaryTimeoutMs = 30_000
const notYetInitialized = 94
const invalidReplicaSetConfig = 93

interface Options {
  port: number
  /** False: a majority write does not wait for the journal. */
  durable: boolean
}

/** Makes the node a replica set of one, gives it its present port when that changed, and waits until it is primary. */
export async function ensureReplicaSet({ port, durable }: Options): Promise<void> {
  const host = `127.0.0.1:${port}`
  const direct = new MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: primaryTimeoutMs })
  try {
    const admin = direct.db('admin')
    const config = await currentConfig(direct)
    const members = [{ _id: 0, host }]
    if (!config) {
      const fresh = { _id: replicaSetName, version: 1, members, writeConcernMajorityJournalDefault: durable }
      await admin.command({ replSetInitiate: fresh })
    } else if (config.members[0]?.host !== host) {
      await admin.command({ replSetReconfig: { ...config, version: config.version + 1, members }, force: true })
    }
  } finally {
    await direct.close()
  }
  await primaryAnswers(host)
}

interface ReplicaSetConfig {
  version: number
  members: { host: string }[]
}

async function currentConfig(client: MongoClient): Promise<ReplicaSetConfig | undefined> {
  const endsAt = performance.now() + primaryTimeoutMs
  for (;;) {
    const initialized = await isInitialized(client)
    // The local database answers in every state, also when the node does not find itself in its configuration.
    const config = await client.db('local').collection<ReplicaSetConfig>('system.replset').findOne({}, { readPreference: 'nearest' })
    // A node that was just started is not initialized until it has read what it stored.
    if (initialized || !config || performance.now() > endsAt) return config ?? undefined
    await delay(50)
  }
}

async function isInitialized(client: MongoClient): Promise<boolean> {
  try {
    await client.db('admin').command({ replSetGetConfig: 1 })
  } catch (error) {
    if (error instanceof MongoServerError && error.code === notYetInitialized) return false
    if (!(error instanceof MongoServerError && error.code === invalidReplicaSetConfig)) throw error
  }
  return true
}

async function primaryAnswers(host: string): Promise<void> {
  const client = new MongoClient(`mongodb://${host}/?replicaSet=${replicaSetName}`, { serverSelectionTimeoutMS: primaryTimeoutMs })
  try {
    // Selecting a server for a command of the primary waits for the election.
    await client.db('admin').command({ ping: 1 })
  } finally {
    await client.close()
  }
}
