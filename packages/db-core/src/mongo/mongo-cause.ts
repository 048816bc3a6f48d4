import { MongoServerError, type MongoError } from 'mongodb'

/**
 * The error of the server as a cause that may be logged: class, code, key pattern, labels and stack are kept, while everything that
 * repeats values of the call or of the data is left out, its text first of all. Other errors of the driver hold no values.
 */
export function withoutValues(error: MongoError): MongoError {
  if (typeof error.code !== 'number') return error
  const codeName: unknown = Reflect.get(error, 'codeName')
  const keyPattern: unknown = Reflect.get(error, 'keyPattern')
  const cause = new MongoServerError({
    message: `The server answered with code ${error.code}${typeof codeName === 'string' ? ` (${codeName})` : ''}`,
    code: error.code,
    errorLabels: error.errorLabels,
    ...(codeName !== undefined && { codeName }),
    ...(keyPattern !== undefined && { keyPattern }),
  })
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  cause.stack = [`${error.name}: ${cause.message}`, ...frames].join('\n')
  return cause
}
