import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { catalogue } from '../src/faults/catalogue.ts'
import { plants } from '../src/plants/plants.ts'
import { toMarkdown } from '../src/report/report.ts'
import { runChaos } from '../src/run-chaos.ts'
import { toxiproxyBinary } from '../src/toxiproxy/toxiproxy-binary.ts'

it('the short form: after every fault the oracle holds, and with each planted mistake it fails', async () => {
  const binary = await toxiproxyBinary()
  const report = await runChaos({
    seed: Number(process.env['CHAOS_SEED'] ?? '1'),
    transport: 'http',
    short: true,
    file: process.env['DEMO_FILE'],
    toxiproxy: 'file' in binary ? binary.file : undefined,
    toxiproxyMissing: 'missing' in binary ? binary.missing : undefined,
    log: () => {},
  })
  console.log(toMarkdown(report))
  expect(report.rounds.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  const seen = report.rounds.filter(({ id, drift }) => id.startsWith('P-') && drift > 0)
  expect(seen).toHaveLength(plants.length)
})

it.each(plants)('$name finds the source that it changes', async ({ file, edits }) => {
  const source = await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')
  expect(edits.filter(({ find }) => !find.test(source))).toEqual([])
})

it('the catalogue has every failure point of the design, each under a name of its own by transport', () => {
  const faults = catalogue(() => 0.5, 24)
  const numbers = new Set(faults.map(({ id }) => /^F\d+/u.exec(id)?.[0]))
  const points = Array.from({ length: 26 }, (_, index) => `F${index + 1}`)
  expect(points.filter((point) => !numbers.has(point))).toEqual([])
  const names = faults.map(({ id, needs = [] }) => `${id} ${needs.includes('rabbitmq') ? 'rabbitmq' : ''}`)
  expect(new Set(names).size).toBe(names.length)
})

it('the same seed makes the same faults', () => {
  const names = (seed: number): string[] => catalogue(countingFrom(seed), 24).map(({ id, name }) => `${id} ${name}`)
  expect(names(1)).toEqual(names(1))
  expect(names(1)).not.toEqual(names(2))
})

function countingFrom(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
}
