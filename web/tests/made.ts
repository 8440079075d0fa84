/** Columns as the server sends them, from a few words a candidate. */
import { Columns } from '../src/lib/columns'
import type { Status } from '../src/lib/contract'

export interface Given {
  score?: number | null
  status?: Status
  operator?: string
  model?: string | null
  island?: number
  parent?: number | null
  others?: number[]
  cell?: string | null
  measures?: Record<string, number>
  done?: number | null
}

/** Candidate n is the n-th of these; evaluated in that order unless `done` says otherwise. */
export function columnsOf(given: readonly Given[]): Columns {
  const operators = [...new Set(given.map((each) => each.operator ?? 'numeric'))]
  const models = [...new Set(given.map((each) => each.model).filter((each) => typeof each === 'string'))]
  const measures = [...new Set(given.flatMap((each) => Object.keys(each.measures ?? {})))]
  const statuses: Status[] = ['ok', 'crashed', 'waiting', 'rejected']
  const columns = new Columns()
  columns.apply({
    seq: 2 * given.length,
    after: 0,
    operators,
    statuses,
    models,
    measures,
    ids_contiguous_from: 0,
    columns: {
      parent: given.map((each) => each.parent ?? null),
      others: Object.fromEntries(given.flatMap((each, id) => (each.others ? [[String(id), each.others]] : []))),
      score: given.map((each) => each.score ?? null),
      status: given.map((each) => statuses.indexOf(each.status ?? 'ok')),
      operator: given.map((each) => operators.indexOf(each.operator ?? 'numeric')),
      model: given.map((each) => (each.model ? models.indexOf(each.model) : null)),
      island: given.map((each) => each.island ?? 0),
      at: given.map((_, id) => id),
      evals: given.map((_, id) => id + 1),
      seconds: given.map(() => 1),
      usd: given.map(() => null),
      seq: given.map((_, id) => 2 * id),
      done: given.map((each, id) => (each.done === undefined ? 2 * id + 1 : each.done)),
      cell: given.map((each) => each.cell ?? null),
      measures: Object.fromEntries(measures.map((name) => [name, given.map((each) => each.measures?.[name] ?? null)])),
    },
  })
  return columns
}

/** All rows in the order of their ids. */
export function inOrder(columns: Columns): Int32Array {
  return Int32Array.from({ length: columns.length }, (_, row) => row)
}
