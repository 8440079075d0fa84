/** The filter's words, tested on the columns: `status:ok island:2 score<2.5 move:llm`. All words must hold.
 *
 * `status:ok,invalid` any of them · `-status:ok` not · `move:llm` operators whose name has it · `model:` likewise ·
 * `island:2` as people count · `id:412`, `id:400..500` · `parent:412` · `cell:3,7` · `NAME<5` with `< <= > >= = !=` on
 * score, evals, seconds, usd, at, children or a measure · `text:sorted` is for the server, which has the programs.
 */
import type { Columns } from '../../lib/columns'

export type Test = (row: number) => boolean

export interface Word {
  /** As it was typed. */
  typed: string
  negated: boolean
  name: string
  sign: ':' | '<' | '<=' | '>' | '>=' | '=' | '!='
  value: string
}

/** A word that means nothing: what is wrong, and what there is. */
export class WordError extends Error {
  constructor(
    readonly word: string,
    readonly what: string,
    readonly remedy: string,
  ) {
    super(what)
  }
}

const SHAPE = /^(-)?([\p{L}_][\p{L}\p{N}_.]*)(<=|>=|!=|<|>|=|:)(.+)$/u
export const STATUSES = ['ok', 'invalid', 'crashed', 'timeout', 'filtered', 'rejected', 'waiting']
export const NAMES = ['status', 'move', 'model', 'island', 'id', 'parent', 'cell', 'text']
export const NUMBERS = ['score', 'evals', 'seconds', 'usd', 'at', 'children']

/** The words of a query. A value in quotes may have spaces. Raises WordError. */
export function words(query: string): Word[] {
  const typed = query.match(/(?:[^\s"]|"[^"]*"?)+/gu) ?? []
  return typed.map((each) => {
    const match = SHAPE.exec(each)
    if (!match) throw new WordError(each, `"${each}" is no filter`, 'e.g. status:ok, island:2, score<2.5 or text:sorted')
    const [, minus, name = '', sign = ':', value = ''] = match
    return { typed: each, negated: minus === '-', name, sign: sign as Word['sign'], value: value.replaceAll('"', '') }
  })
}

/** Whether the words ask for what only the server has. */
export function needsServer(all: readonly Word[]): boolean {
  return all.some((word) => word.name === 'text')
}

/** The test of all words but those of the server. Raises WordError. */
export function test(columns: Columns, all: readonly Word[]): Test {
  const tests = all.filter((word) => word.name !== 'text').map((word) => one(columns, word))
  return (row) => tests.every((each) => each(row))
}

function one(columns: Columns, word: Word): Test {
  const asked = word.sign === ':' || NAMES.includes(word.name) ? named(columns, word) : number(columns, word)
  return word.negated ? (row) => !asked(row) : asked
}

function named(columns: Columns, word: Word): Test {
  const values = word.value.split(',').map((each) => each.trim().toLowerCase())
  switch (word.name) {
    case 'status':
      return among(columns.status, columns.statuses, values, word, STATUSES)
    case 'move':
    case 'operator':
      return among(columns.operator, columns.operators, values, word)
    case 'model':
      return among(columns.model, columns.models, values, word)
    case 'island':
      return within(word, (row) => (columns.island[row] as number) + 1)
    case 'id':
      return within(word, (row) => columns.id[row] as number)
    case 'parent': {
      const parent = columns.row(whole(word))
      return (row) => parent >= 0 && (columns.parent[row] === parent || columns.others.get(row)?.includes(parent) === true)
    }
    case 'cell': {
      const cell = word.value.replace(/[()\s]/gu, '')
      return (row) => columns.cell.get(row)?.replace(/[()[\]\s]/gu, '') === cell
    }
    default:
      return numbers(columns).includes(word.name) ? number(columns, { ...word, sign: '=' }) : unknown(columns, word)
  }
}

/** Statuses are whole words, operators and models any part of their names. */
function among(column: Int32Array, names: readonly string[], values: string[], word: Word, all?: string[]): Test {
  const wrong = all ? values.find((value) => !all.includes(value)) : undefined
  if (wrong !== undefined) throw new WordError(word.typed, `there is no status "${wrong}"`, `one of ${STATUSES.join(', ')}`)
  const fits = names.map((name) => values.some((value) => (all ? name === value : name.toLowerCase().includes(value))))
  return (row) => fits[column[row] as number] === true
}

function within(word: Word, of: (row: number) => number): Test {
  const range = /^(\d+)\.\.(\d+)$/u.exec(word.value)
  if (range) {
    const [low, high] = [Number(range[1]), Number(range[2])]
    return (row) => of(row) >= low && of(row) <= high
  }
  if (word.sign !== ':') return compare(word, of)
  const values = word.value.split(',').map((value) => whole({ ...word, value }))
  return (row) => values.includes(of(row))
}

function number(columns: Columns, word: Word): Test {
  const column = numberOf(columns, word.name)
  return column ? compare(word, column) : unknown(columns, word)
}

function compare(word: Word, of: (row: number) => number): Test {
  const limit = Number(word.value.replace('−', '-'))
  if (word.value.trim() === '' || Number.isNaN(limit)) {
    throw new WordError(word.typed, `${word.typed}: expected a number after ${word.sign}`, `e.g. ${word.name}<2.5`)
  }
  switch (word.sign) {
    case '<':
      return (row) => of(row) < limit
    case '<=':
      return (row) => of(row) <= limit
    case '>':
      return (row) => of(row) > limit
    case '>=':
      return (row) => of(row) >= limit
    case '!=':
      return (row) => of(row) !== limit && !Number.isNaN(of(row))
    default:
      return (row) => of(row) === limit
  }
}

/** A column of numbers by its name; NaN where there is none. */
export function numberOf(columns: Columns, name: string): ((row: number) => number) | null {
  const counted = (column: Int32Array): ((row: number) => number) => {
    return (row) => ((column[row] as number) < 0 ? NaN : (column[row] as number))
  }
  switch (name) {
    case 'score':
      return (row) => columns.score[row] as number
    case 'evals':
      return counted(columns.evals)
    case 'seconds':
      return (row) => columns.seconds[row] as number
    case 'usd':
      return (row) => columns.usd[row] as number
    case 'at':
      return (row) => columns.at[row] as number
    case 'children':
      return (row) => columns.children[row] as number
    case 'id':
      return (row) => columns.id[row] as number
    default: {
      const measure = columns.measure.get(name)
      return measure ? (row) => measure[row] as number : null
    }
  }
}

function numbers(columns: Columns): string[] {
  return [...NUMBERS, ...columns.measures]
}

function whole(word: Word): number {
  const value = Number(word.value)
  if (!Number.isInteger(value)) throw new WordError(word.typed, `${word.typed}: expected a whole number`, `${word.name}:2`)
  return value
}

function unknown(columns: Columns, word: Word): never {
  throw new WordError(
    word.typed,
    `there is no column "${word.name}"`,
    `one of ${[...NAMES, ...numbers(columns)].join(', ')}`,
  )
}

/** The query without this word: what "clear status:timeout" does. */
export function without(query: string, word: string): string {
  return (query.match(/(?:[^\s"]|"[^"]*"?)+/gu) ?? []).filter((each) => each !== word).join(' ')
}

/** The word whose loss would let the most rows in: the one to clear where nothing matches. */
export function toClear(columns: Columns, all: readonly Word[]): string | null {
  let found: string | null = null
  let most = -1
  for (const word of all) {
    const rest = test(columns, all.filter((each) => each !== word))
    let count = 0
    for (let row = 0; row < columns.length; row++) if (rest(row)) count++
    if (count > most) [found, most] = [word.typed, count]
  }
  return found
}
