import { proveMigrations } from '@polystore/db-core/testing'
import { createPostgresDatabase } from '@polystore/testing'
import { onTestFinished, test } from 'vitest'
import { migrations } from '../src/migrations.ts'

test('every migration goes up, down and up again, and together they make what the tables declare', async () => {
  const { url, drop } = await createPostgresDatabase()
  onTestFinished(drop)
  await proveMigrations({ url, sources: migrations, byHand: ['storage parameters idempotency_keys', 'storage parameters outbox'] })
})
