import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'

/** Runs one statement on a connection of its own. */
export async function postgresRows(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** Runs one statement on a connection of its own. */
export async function mysqlRows(url: string, statement: string): Promise<unknown> {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 })
  try {
    const [rows] = await connection.query(statement)
    return rows
  } finally {
    connection.destroy()
  }
}

/** Runs the work on a client of its own. */
export async function withMongo<Result>(url: string, work: (client: MongoClient) => Promise<Result>): Promise<Result> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000 })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
