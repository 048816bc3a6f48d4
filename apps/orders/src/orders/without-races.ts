import { Problem } from '@polystore/service-kit'

const maxRaces = 5

/** Tries again while somebody else moves the order first, which `attempt` tells by undefined. @throws Problem conflict after five races */
export async function withoutRaces<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let race = 0; race < maxRaces; race++) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new Problem('conflict', { detail: 'The order is changing; read it again and retry.' })
}
