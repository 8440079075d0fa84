/** Which rows of the columns a table shows, in which order. */
import { NEVER, type Columns } from '../../lib/columns'
import { numberOf, type Test } from './filter'

export interface Sort {
  /** "id" for newest and oldest, else a column of numbers or of names. */
  column: string
  descending: boolean
}

/** newest, oldest, best, or `score:asc`: as the server has it. */
export function sortOf(text: string | null, minimize: boolean): Sort {
  if (text === null || text === '' || text === 'newest') return { column: 'id', descending: true }
  if (text === 'oldest') return { column: 'id', descending: false }
  if (text === 'best') return { column: 'score', descending: !minimize }
  const [column = 'id', way] = text.split(':')
  return { column, descending: way === 'desc' }
}

export function asText(sort: Sort): string {
  if (sort.column === 'id') return sort.descending ? 'newest' : 'oldest'
  return `${sort.column}:${sort.descending ? 'desc' : 'asc'}`
}

/** The sort after a click on a column's head: its better end first, then the other way round. */
export function turned(sort: Sort, column: string, descending: boolean): Sort {
  return sort.column === column ? { column, descending: !sort.descending } : { column, descending }
}

/** The rows that pass the test and were proposed by `until`, sorted; those without a value come last. */
export function rowsOf(columns: Columns, pass: Test, sort: Sort, until: number | null): Int32Array {
  const rows = new Int32Array(columns.length)
  let size = 0
  for (let row = 0; row < columns.length; row++) {
    if (until !== null && (columns.seq_[row] as number) > until) continue
    if (pass(row)) rows[size++] = row
  }
  const found = rows.subarray(0, size)
  if (sort.column === 'id') return sort.descending ? found.reverse() : found
  const key = keyOf(columns, sort.column)
  const sign = sort.descending ? -1 : 1
  return found.sort((a, b) => {
    const [x, y] = [key(a), key(b)]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b
    return sign * (x - y) || a - b
  })
}

/** Names sort by the alphabet. */
function keyOf(columns: Columns, name: string): (row: number) => number {
  const ranked = (names: readonly string[], column: Int32Array): ((row: number) => number) => {
    const order = [...names].sort().map((each) => names.indexOf(each))
    const rank = names.map((_, at) => order.indexOf(at))
    return (row) => rank[column[row] as number] ?? NaN
  }
  if (name === 'status') return ranked(columns.statuses, columns.status)
  if (name === 'operator' || name === 'move') return ranked(columns.operators, columns.operator)
  if (name === 'model') return ranked(columns.models, columns.model)
  if (name === 'island') return (row) => columns.island[row] as number
  if (name === 'parent') return (row) => ((columns.parent[row] as number) < 0 ? NaN : (columns.parent[row] as number))
  return numberOf(columns, name) ?? (() => NaN)
}

/** The status at a moment: what was evaluated later was still waiting then. */
export function statusAt(columns: Columns, row: number, until: number | null): string {
  const done = columns.done[row] as number
  const status = columns.statuses[columns.status[row] as number] ?? 'waiting'
  if (until !== null && done !== NEVER && done > until) return 'waiting'
  return status
}
