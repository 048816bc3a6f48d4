import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'

/** One line of a file in the shape of the UCI data set "Online Retail", as text. */
export interface RetailRow {
  readonly InvoiceNo: string
  readonly StockCode: string
  readonly Description: string
  readonly Quantity: string
  readonly InvoiceDate: string
  /** Pounds. */
  readonly UnitPrice: string
  readonly CustomerID: string
  readonly Country: string
}

const columns = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'] as const

/**
 * Reads a CSV file row by row. Rows with too few columns come with empty texts, so that cleaning can count them.
 * @throws Error when the file cannot be read or a column is missing from its header
 */
export async function* readRetailFile(path: string): AsyncIterable<RetailRow> {
  const parser = createReadStream(path).pipe(
    parse({ bom: true, columns: checkedHeader, relax_column_count: true, relax_quotes: true, skip_empty_lines: true }),
  )
  for await (const record of parser) yield toRow(record)
}

function checkedHeader(header: string[]): string[] {
  const names = header.map((name) => name.trim())
  const missing = columns.filter((column) => !names.includes(column))
  if (missing.length > 0) throw new Error(`the file has no column ${missing.join(', ')}`)
  return names
}

function toRow(record: Readonly<Record<string, string | undefined>>): RetailRow {
  const text = (column: (typeof columns)[number]): string => (record[column] ?? '').trim()
  return {
    InvoiceNo: text('InvoiceNo'),
    StockCode: text('StockCode'),
    Description: text('Description'),
    Quantity: text('Quantity'),
    InvoiceDate: text('InvoiceDate'),
    UnitPrice: text('UnitPrice'),
    CustomerID: text('CustomerID'),
    Country: text('Country'),
  }
}
