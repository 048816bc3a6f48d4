import { dictionary } from '@zxcvbn-ts/language-common'

const shortest = 8
const common = new Set(dictionary['passwords-common'].filter((password) => password.length >= shortest))

/** True for the passwords that attackers try first (about 18,000 of 8 characters or more), in any letter case. */
export function isCommonPassword(password: string): boolean {
  return common.has(password.toLowerCase())
}
