import {
  BSON,
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import {
  CheckError,
  CommitUnknownError,
  ConflictError,
  InvalidValueError,
  LockTimeoutError,
  NotNullError,
  RepositoryError,
  SerializationError,
  StatementTimeoutError,
  UnavailableError,
  UnknownDatabaseError,
  type RepositoryErrorDetails,
} from '../errors/repository-error.ts'
import { withoutValues } from './mongo-cause.ts'
import { readValidationFailure } from './mongo-validation-failure.ts'

/** The server's answer to one write of an insert, update or delete command. */
interface WriteFailure {
  readonly code: number
  readonly keyPattern?: unknown
  readonly errInfo?: unknown
}

type Translation = (details: RepositoryErrorDetails, failure: WriteFailure) => RepositoryError

const duplicateKey: Translation = (details, failure) => {
  const fields = keyPatternFields(failure.keyPattern)
  return new ConflictError(`A row with this key exists already${placeOf(details)}.`, { ...details, fields })
}

const failedValidation: Translation = (details, failure) => {
  const { fields, onlyMissing } = readValidationFailure(failure.errInfo)
  if (onlyMissing) return new NotNullError(`A required value is missing${placeOf(details)}.`, { ...details, fields })
  return new CheckError(`A value breaks a rule${placeOf(details)}.`, { ...details, fields })
}

const serialization: Translation = (details) => new SerializationError('Another transaction was in the way; nothing was done.', details)
const statementTimeout: Translation = (details) => new StatementTimeoutError('The statement took longer than it may.', details)
const lockTimeout: Translation = (details) => new LockTimeoutError('A lock was not free in time.', details)
const unavailable: Translation = (details) => new UnavailableError('The database is not available.', details)
const invalidValue: Translation = (details) => new InvalidValueError('A value does not fit its type.', details)
const commitUnknown: Translation = (details) => new CommitUnknownError('Whether the write was committed is not known.', details)

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const translations: ReadonlyMap<number, Translation> = new Map([
  ...codes([11000, 11001, 12582], duplicateKey),
  ...codes([121], failedValidation),
  // WriteConflict, SnapshotTooOld, SnapshotUnavailable, NoSuchTransaction, TransactionTooOld, PreparedTransactionInProgress
  ...codes([112, 239, 246, 251, 225, 267], serialization),
  // MaxTimeMSExpired, ExceededTimeLimit
  ...codes([50, 262], statementTimeout),
  // LockTimeout, LockBusy
  ...codes([24, 46], lockTimeout),
  // Unreachable, shutting down, stepping down, not primary, refused credentials, too many connections
  ...codes([6, 7, 18, 89, 91, 133, 134, 189, 202, 290, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436], unavailable),
  // BadValue, FailedToParse, TypeMismatch, Overflow, InvalidBSON, field names that are refused, too deep, too large
  ...codes([2, 9, 14, 15, 22, 52, 55, 56, 57, 28, 10334, 16755, 17280, 17419, 17420, 51024], invalidValue),
  // WriteConcernFailed, UnknownReplWriteConcern, UnsatisfiableWriteConcern
  ...codes([64, 79, 100], commitUnknown),
])

/** The db-core error of anything the driver threw; errors that are not the driver's come back as they are. */
export function translateMongoError(error: unknown, entity?: string): unknown {
  if (error instanceof RepositoryError) return error
  const cause = error instanceof MongoError ? withoutValues(error) : error
  const details: RepositoryErrorDetails = entity === undefined ? { cause } : { entity, cause }
  // The driver takes the reason of a signal for a timeout of its own.
  if (isAbort(error) || error instanceof MongoOperationTimeoutError) return statementTimeout(details, { code: 50 })
  if (error instanceof BSON.BSONError) return invalidValue(details, { code: 22 })
  if (isSocketError(error)) return unavailable(details, { code: 0 })
  if (!(error instanceof MongoError)) return error
  if (isConnectionTrouble(error)) return unavailable(details, { code: 0 })
  const failure = failureOf(error)
  const translate = translations.get(failure.code)
  if (translate) return translate(details, failure)
  if (error.hasErrorLabel('TransientTransactionError')) return serialization(details, failure)
  return new UnknownDatabaseError(`The database refused the operation (${failure.code || 'no code'}).`, details)
}

/** Runs custom driver calls and throws their failures as db-core errors, as the repository does with its own. */
export async function translateMongoErrors<Result>(work: () => Promise<Result>, entity?: string): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw translateMongoError(error, entity)
  }
}

/** True for a driver error, or an error caused by one, that carries the label. */
export function hasMongoLabel(error: unknown, label: string): boolean {
  return someCause(error, (cause) => cause.hasErrorLabel(label))
}

/** True when the connection was lost or refused; not when the pool had none to give. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof UnavailableError && isSocketError(error.cause)) return true
  return someCause(error, (cause) => isConnectionTrouble(cause) && cause.name !== poolExhausted)
}

/** Driver 7.9 lets the error of a write to a socket that was just closed through as it is. */
function isSocketError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof MongoError) && 'code' in error && socketCodes.has(String(error.code))
}

const socketCodes: ReadonlySet<string> = new Set([
  ...['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_SOCKET_CLOSED'],
])

function someCause(error: unknown, test: (cause: MongoError) => boolean): boolean {
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (current instanceof MongoError && test(current)) return true
    current = current.cause
  }
  return false
}

/** True for the error of an AbortSignal: the time of a call or of its transaction is over. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError')
}

const poolExhausted = 'MongoWaitQueueTimeoutError'

/** Driver classes that have no export are known by their stable names. */
const connectionErrorNames: ReadonlySet<string> = new Set([
  poolExhausted,
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoServerClosedError',
  'MongoClientClosedError',
  'MongoStalePrimaryError',
])

function isConnectionTrouble(error: MongoError): boolean {
  return error instanceof MongoNetworkError || error instanceof MongoServerSelectionError || connectionErrorNames.has(error.name)
}

function failureOf(error: MongoError): WriteFailure {
  if (error instanceof MongoBulkWriteError) {
    const first = [error.writeErrors].flat()[0]
    if (first) return { code: first.code, errInfo: first.errInfo }
  }
  const code = Number(error.code ?? 0)
  if (!(error instanceof MongoServerError)) return { code }
  return { code, keyPattern: error['keyPattern'], errInfo: error['errInfo'] }
}

function keyPatternFields(keyPattern: unknown): string[] {
  if (typeof keyPattern !== 'object' || keyPattern === null) return []
  return Object.keys(keyPattern).map((field) => (field === '_id' ? 'id' : field))
}

function placeOf(details: RepositoryErrorDetails): string {
  return details.entity === undefined ? '' : ` in ${details.entity}`
}

function codes(numbers: readonly number[], translation: Translation): [number, Translation][] {
  return numbers.map((code) => [code, translation])
}
