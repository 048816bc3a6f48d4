import { parseConfig, runService } from '@polystore/service-kit'
import { buildApp } from './app.ts'
import { gatewayConfig } from './config.ts'

const config = parseConfig(gatewayConfig, process.env)

await runService({ name: 'gateway', config, build: () => buildApp(config) })
