import { ownCpuSeconds, repeat, type Leg } from '../measure.ts'

export interface Handle {
  query(): Promise<unknown>
  close(): Promise<void>
}

const warmUpQueries = 20_000

/** Saturates the handle with that many queries after a warm-up; the CPU per query of each tenth, in microseconds. */
export async function ageBy(queries: number, handle: Handle, width: number): Promise<number[]> {
  await saturate(handle, warmUpQueries, width)
  const tenths: number[] = []
  for (let tenth = 0; tenth < 10; tenth++) {
    const before = ownCpuSeconds()
    await saturate(handle, queries / 10, width)
    tenths.push(((ownCpuSeconds() - before) / (queries / 10)) * 1_000_000)
  }
  return tenths
}

/** Without a pause between its queries from first to last: the width never sinks, as it does not under saturation. */
async function saturate(handle: Handle, queries: number, width: number): Promise<void> {
  let left = queries
  const loop = async (): Promise<void> => {
    while (left-- > 0) await handle.query()
  }
  await Promise.all(Array.from({ length: width }, loop))
}

export function agedLeg(handle: Handle, width: number): Leg {
  return repeat(width, () => handle.query())
}

/** A handle of its own for each leg; connecting and preparing do not count. */
export function freshLeg(open: () => Handle, width: number): Leg {
  return async (milliseconds) => {
    const handle = open()
    await saturate(handle, 1_000, width)
    const measure = await repeat(width, () => handle.query())(milliseconds)
    await handle.close()
    return measure
  }
}
