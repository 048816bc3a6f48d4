import { rm, writeFile } from 'node:fs/promises'
import type { Fault } from './faults/fault.ts'
import type { Plant } from './plants/plants.ts'
import { runRound, type Round, type RoundSize } from './run-round.ts'
import type { World } from './world/world.ts'

const restMs = 2_000

/** Plants a mistake in running services and strikes: held when the oracle says what is wrong, failed when it sees nothing. */
export async function runPlant(world: World, { plant, faults, size }: PlantRun): Promise<Round> {
  const fault = faults.find(
    ({ id, needs = [] }) => id === plant.fault[world.options.transport] && !needs.some((need) => isOther(need, world)),
  )
  if (fault === undefined) throw new Error(`there is no fault ${plant.fault[world.options.transport]}`)
  await writeFile(world.plantFile, plant.name)
  await restart(world, plant)
  const round = await runRound(world, fault, { ...size, restMs })
  await rm(world.plantFile, { force: true })
  await restart(world, plant)
  const seen = round.reasons.find((reason) => reason.startsWith(plant.seenAs))
  const name = `planted: ${plant.title}; under ${fault.id} the oracle must fail`
  const reasons = seen === undefined ? [`nothing was seen of it, only: ${round.reasons.join('; ')}`] : [seen]
  return { ...round, id: `P-${plant.name}`, name, outcome: seen === undefined ? 'failed' : 'held', reasons }
}

export interface PlantRun {
  readonly plant: Plant
  readonly faults: readonly Fault[]
  readonly size: RoundSize
}

function isOther(need: string, { options }: World): boolean {
  return need !== 'toxiproxy' && need !== options.transport
}

async function restart({ stack }: World, { processes }: Plant): Promise<void> {
  await Promise.all(processes.map(async (process) => stack.restart(process)))
}
