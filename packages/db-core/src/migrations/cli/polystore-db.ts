#!/usr/bin/env node
import { runCommandLine } from './command-line.ts'
import { configOption, loadConfig } from './load-config.ts'

process.exitCode = await runCommandLine({
  program: { name: 'polystore-db', options: [configOption] },
  loadSources: (command) => loadConfig(command.value(configOption.name)),
  args: process.argv.slice(2),
  env: process.env,
  streams: process,
})
