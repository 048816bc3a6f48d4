import { runProgram } from '../run-program.ts'
import type { Observation } from '../contest.ts'
import { z } from 'zod'
import { streamedRows } from './write-settings.ts'

const report = z.object({ rows: z.number(), seconds: z.number(), firstMb: z.number(), peakMb: z.number() })

/** A process of its own streams a million rows in; the first tenth shows what it takes at all, the rest whether it grows. */
export async function observeStream(url: string): Promise<Observation> {
  const file = new URL('stream-program.ts', import.meta.url)
  const { rows, seconds, firstMb, peakMb } = report.parse(await runProgram(file, [url, String(streamedRows)]))
  const growth = Math.round(peakMb - firstMb)
  const text = [
    `PostgreSQL: ${rows.toLocaleString('en')} rows from an async source by createMany, 5,000 at a time: ${seconds.toFixed(1)} s,`,
    `resident memory ${Math.round(firstMb)} MB after the first tenth, at most ${Math.round(peakMb)} MB after that (${growth} MB more; goal ≤ 1.2 ×)`,
  ]
  return { text: text.join(' '), met: peakMb / firstMb <= 1.2 }
}
