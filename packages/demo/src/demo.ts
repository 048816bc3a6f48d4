import { parseArgs } from 'node:util'
import { demoLogins, findRunningStack, startStack } from '@polystore/dev-stack'
import { buildPlan } from './build-plan.ts'
import { showProgress } from './progress.ts'
import { describeReport } from './report.ts'
import { readRetailFile } from './retail-file.ts'
import { runDemo } from './run-demo.ts'
import { sampleRows } from './sample-rows.ts'

const usage = `usage: pnpm demo [--file <csv>] [--invoices 1000] [--seed 1] [--url <gateway>] [--json]
  --file      a CSV with the columns of the UCI data set "Online Retail"; without it a sample of the same shape is made
  --invoices  how many invoices are replayed
  --seed      of the sample
  --url       a running gateway; without it the stack of "npm start" is used when it runs, else one is started for the demo
  --json      end with the report as one line of JSON`

const { values } = readArguments()
const invoices = Number(values.invoices)
const seed = Number(values.seed)
if (values.help || !Number.isInteger(invoices) || invoices < 1 || invoices > 1_000_000 || !Number.isInteger(seed)) {
  console.error(usage)
  process.exit(values.help ? 0 : 64)
}

const plan = await buildPlan(values.file === undefined ? sampleRows(invoices, seed) : readRetailFile(values.file), invoices)
const shop = await openShop(values.url)
const progress = showProgress()
try {
  const staff = { email: demoLogins.admin, password: process.env['SEED_DEMO_PASSWORD'] ?? demoLogins.password }
  const report = await runDemo({ url: shop.url, staff, plan, width: 16, onProgress: progress.onProgress })
  progress.stop()
  console.log(describeReport(report))
  if (values.json) console.log(JSON.stringify(report))
  process.exitCode = report.ok ? 0 : 1
} finally {
  progress.stop()
  await shop.close()
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        file: { type: 'string' },
        invoices: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        url: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(64)
  }
}

async function openShop(url: string | undefined): Promise<{ url: string; close: () => Promise<void> }> {
  if (url !== undefined) return { url, close: async () => {} }
  const running = await findRunningStack()
  if (running !== undefined) return { url: running.urls.gateway, close: async () => {} }
  console.error('starting a stack for the demo')
  const stack = await startStack()
  return { url: stack.urls.gateway, close: async () => stack.stop() }
}
