import { setTimeout as delay } from 'node:timers/promises'
import { connectPostgres } from '@polystore/db-core/sql'
import { databaseOptions, parseConfig } from '@polystore/service-kit'
import { rotateConfig } from './config.ts'
import { createKeyVault } from './keys/key-vault.ts'
import { rotateKeys, secondsUntilKnown, verifyForSeconds } from './keys/rotate-keys.ts'
import { SigningKeyRepository } from './keys/signing-key-repository.ts'

const config = parseConfig(rotateConfig, process.env)
const isForced = process.argv.includes('--now')
const database = connectPostgres(config.DATABASE_URL, databaseOptions(config, 'auth'))
try {
  const dependencies = {
    database,
    signingKeys: new SigningKeyRepository(database),
    vault: createKeyVault(config.KEY_ENCRYPTION_SECRET),
  }
  const lives = { tokenSeconds: config.ACCESS_TOKEN_TTL_SECONDS, refreshSeconds: config.KEY_REFRESH_SECONDS }
  const waitSeconds = isForced ? 0 : await secondsUntilKnown(dependencies, lives)
  if (waitSeconds > 0) {
    process.stdout.write(`The next key is new: waiting ${waitSeconds} s until every gateway knows it (--now does not wait).\n`)
    await delay(waitSeconds * 1_000)
  }
  const ids = await rotateKeys(dependencies, verifyForSeconds(lives))
  process.stdout.write(`${JSON.stringify(ids)}\n`)
} finally {
  await database.close()
}
