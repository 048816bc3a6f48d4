import { proveMigrations } from '@polystore/db-core/testing'
import { createPostgresDatabase } from '@polystore/testing'
import { onTestFinished, test } from 'vitest'
import { migrations } from '../src/migrations.ts'

test('every migration goes up, down and up again, and together they make what the tables declare', async () => {
  const { url, drop } = await createPostgresDatabase()
  onTestFinished(drop)
  const byHand = ['function audit_log_refuse()', 'trigger audit_log.append_only']
  await proveMigrations({ url, sources: migrations, byHand })
})
