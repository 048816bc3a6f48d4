// The route over one prepared query written by hand, on the driver that is faster so.
import { openSqlByHand } from '../by-hand/sql-by-hand.ts'
import { asThing } from '../things/thing-columns.ts'
import { serveThings } from './serve-things.ts'
import { serviceConfig } from './service-config.ts'

const byHand = openSqlByHand('postgres', { ...serviceConfig, width: 32 }, new AsyncDisposableStack())
const text = `select ${asThing} from things where id = $1`
await serveThings(async (id) => (await byHand.run('thing', text, [id]))[0])
