import path from 'node:path'
import { repositoryRoot } from './service-files.ts'

const compileCache = path.join(repositoryRoot, 'node_modules', '.cache', 'node-compile')

/** For processes that run sources of this repository: Node keeps what it compiled, which saves a third of the CPU of their start. */
export function nodeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { NODE_COMPILE_CACHE: compileCache, ...env }
}
