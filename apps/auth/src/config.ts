import { eventConfig } from '@polystore/events'
import { commonConfig, configInteger, configPort, configSecret, configUrl, databaseConfig } from '@polystore/service-kit'
import { z } from 'zod'
import type { MailSettings } from './mail/mailer.ts'
import { newPassword } from './passwords/password-schemas.ts'
import type { HashCost } from './passwords/password-hasher.ts'

const hashing = {
  ARGON2_MEMORY_KIB: configInteger({ min: 64, max: 1_048_576 }).default(19_456).meta({ description: 'Memory of one password hash' }),
  ARGON2_TIME: configInteger({ min: 1, max: 100 }).default(2).meta({ description: 'Passes of one password hash' }),
  ARGON2_PARALLELISM: configInteger({ min: 1, max: 8 }).default(1).meta({ description: 'Lanes of one password hash' }),
}

const keys = {
  KEY_ENCRYPTION_SECRET: configSecret().meta({ description: 'Seals the private signing keys in the database', secret: true }),
  KEY_REFRESH_SECONDS: configInteger({ min: 1, max: 300 })
    .default(10)
    .meta({ description: 'How late a replica may follow a key rotation' }),
  ACCESS_TOKEN_TTL_SECONDS: configInteger({ min: 1, max: 86_400 }).default(1_800).meta({ description: 'Life of an access token' }),
}

const sessions = {
  SESSION_DAYS: configInteger({ min: 1, max: 365 })
    .default(30)
    .meta({ description: 'Days until a session is over, however much it is used' }),
  REFRESH_TOKEN_DAYS: configInteger({ min: 1, max: 365 }).default(7).meta({ description: 'Days that a refresh token may lie unused' }),
  REFRESH_GRACE_SECONDS: configInteger({ min: 0, max: 60 })
    .default(10)
    .meta({ description: 'How long a spent refresh token is still answered with its successor' }),
}

const mail = {
  SMTP_URL: configUrl(['smtp:', 'smtps:']).optional().meta({
    description: 'Mail server: smtps://user:password@host:465; with smtp: the connection is encrypted where the server offers it',
    secret: true,
  }),
  MAIL_FOLDER: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: 'For development: where mails are written instead, shown at /mailbox except in production' }),
  MAIL_FROM: z.string().min(3).max(320).default('Polystore <no-reply@polystore.dev>').meta({ description: 'Sender of mails' }),
  MAIL_LINK_URL: configUrl(['http:', 'https:'])
    .default('http://127.0.0.1:8080/api/v1/auth')
    .meta({ description: 'Where links of mails lead: the pages verify-email and reset-password lie below it' }),
}

/** KiB times passes of the weakest settings that OWASP accepts: 19 MiB twice (or 46 MiB once). */
const leastHashWork = 19_456 * 2

/** Every variable that the auth service reads. */
export const authConfig = z
  .object({
    ...commonConfig,
    ...databaseConfig,
    ...eventConfig,
    ...hashing,
    ...keys,
    ...mail,
    ...sessions,
    PORT: configPort().default(4_001).meta({ description: 'Port to listen on' }),
    ORDERS_URL: configUrl(['http:', 'https:']).meta({ description: 'Address of orders, which is told of users' }),
    JWT_ISSUER: z.string().min(1).max(255).default('polystore').meta({ description: 'Issuer that access tokens name' }),
    JWT_AUDIENCE: z.string().min(1).max(255).default('polystore').meta({ description: 'Audience that access tokens name' }),
    JWT_HS256_SECRET: configSecret()
      .optional()
      .meta({ description: 'Signs access tokens instead of the keys in the database', secret: true }),
  })
  .refine((config) => config.NODE_ENV === 'test' || config.ARGON2_MEMORY_KIB * config.ARGON2_TIME >= leastHashWork, {
    message: `ARGON2_MEMORY_KIB times ARGON2_TIME must be at least ${leastHashWork}`,
  })
export type AuthConfig = Readonly<z.output<typeof authConfig>>

/** What `pnpm events` reads. */
export const eventsOperatorConfig = z.object({ ...databaseConfig, ...eventConfig })

/** What `keys:rotate` reads. */
export const rotateConfig = z.object({ ...databaseConfig, ...keys })

/** What the seed reads. */
export const seedConfig = z.object({
  ...databaseConfig,
  ...hashing,
  SEED_DEMO_PASSWORD: newPassword.meta({ description: 'Password of the demo users', secret: true }),
})

export function hashCost(config: Pick<AuthConfig, keyof typeof hashing>): HashCost {
  return { memoryKib: config.ARGON2_MEMORY_KIB, time: config.ARGON2_TIME, parallelism: config.ARGON2_PARALLELISM }
}

export function mailSettings({ SMTP_URL, MAIL_FOLDER, MAIL_FROM }: AuthConfig): MailSettings {
  return { smtpUrl: SMTP_URL, folder: MAIL_FOLDER, from: MAIL_FROM }
}
