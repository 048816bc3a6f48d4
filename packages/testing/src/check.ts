import { gateSteps } from './gate/gate-steps.ts'

process.exitCode = await check(process.argv.slice(2))

/** Runs the gate, or only the steps that are named; returns the exit code. */
async function check(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !gateSteps.some((step) => step.name === name))
  if (unknown !== undefined) {
    process.stderr.write(`no step is called ${unknown}; there are: ${gateSteps.map(({ name }) => name).join(', ')}\n`)
    return 64
  }
  const steps = gateSteps.filter(({ name }) => names.length === 0 || names.includes(name))
  let failed = 0
  for (const { name, run } of steps) {
    const startedAt = Date.now()
    const { passed, output } = await run()
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
    process.stdout.write(`${passed ? 'pass' : 'FAIL'}  ${name.padEnd(10)} ${seconds.padStart(5)} s\n`)
    if (passed) continue
    failed++
    process.stdout.write(`${output.replaceAll(/^/gmu, '      ')}\n`)
  }
  process.stdout.write(`${steps.length - failed} passed, ${failed} failed\n`)
  return failed === 0 ? 0 : 1
}
