/** SQL that MariaDB runs and MySQL takes for a comment. */
export function onMariadb(sql: string): string {
  return `/*M!100200 ${sql} */`
}

/** SQL that MySQL runs and MariaDB takes for a comment. */
export function onMysql(sql: string): string {
  return `/*!80017 ${sql} */`
}

/** Compares text by its code points, with blanks at the end told apart; the two servers call it by different names. */
export const codePointCollation = `${onMariadb('collate utf8mb4_nopad_bin')}${onMysql('collate utf8mb4_0900_bin')}`
