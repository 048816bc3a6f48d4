/** What stands where a secret stood. */
export const mask = '***'

const anywhere = /passw|passphrase|secret|authmechanismproperties|privatekey/
const atTheEnd =
  /(?:pass|pwd|token|apikey|accesskey|accountkey|sharedkey|encryptionkey|credentials?|authorization|cookie|signature|jwt|bearer)$/
const whole = new Set(['auth', 'pw', 'sig', 'sas', 'dsn'])

/** True when a field, parameter or variable of this name holds a secret; case, `-`, `_`, dots and percent-encoding make no difference. */
export function isSecretName(name: string): boolean {
  const plain = decodePercent(name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
  return anywhere.test(plain) || atTheEnd.test(plain) || whole.has(plain)
}

function decodePercent(text: string): string {
  return text.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
