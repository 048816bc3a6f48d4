import type { SqlToken } from '../../files/sql-tokens.ts'
import { wordOf } from './token-cursor.ts'

/** True unless each function in the expression is known to answer the same for every row of one statement. */
export function isVolatile(tokens: readonly SqlToken[]): boolean {
  return tokens.some((token, index) => {
    const isCalled = wordOf(tokens[index + 1]) === '('
    // A type after a cast may have brackets too: '1'::numeric(3, 1).
    const isCast = wordOf(tokens[index - 1]) === ':'
    return isCalled && !isCast && (token.kind === 'word' || token.kind === 'name') && !steady.has(wordOf(token))
  })
}

const steady = new Set(
  `now current_timestamp localtimestamp transaction_timestamp statement_timestamp current_date current_time localtime curdate curtime utc_timestamp
  utc_date unix_timestamp current_user session_user current_setting lower upper length concat coalesce nullif greatest least abs round floor ceil
  md5 sha256 encode decode date_trunc timezone make_interval make_date make_timestamp make_timestamptz to_timestamp to_date to_char date datetime
  interval to_json to_jsonb json_build_object json_build_array jsonb_build_object jsonb_build_array json_object json_array array cast row
  varchar char character varying bit numeric decimal timestamp timestamptz time timetz and or not in`.split(/\s+/),
)
