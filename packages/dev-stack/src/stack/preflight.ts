const oldestNode = [22, 22] as const

/** Why this machine cannot run the stack, or undefined when it can. */
export function refusal(nodeVersion = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  const newEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  if (!newEnough) return `Node ${nodeVersion} is too old for the sources: use "npm start", which brings Node 24`
  return undefined
}
