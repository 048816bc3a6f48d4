/** What db-core writes to; a pino logger fits as it is. Parameter values and passwords never reach it. */
export interface DatabaseLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const ignore = () => {}

export const silentLogger: DatabaseLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
