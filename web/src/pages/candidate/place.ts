/** Where the population keeps a candidate, as the terminal says it. */
import type { Json } from '../../lib/contract'
import { island } from '../../lib/format'
import { isRecord } from './prompt'

/** "island 3, cell (3, 7)", "" where it is kept nowhere or nobody says. */
export function whereOf(where: Json): string {
  if (!isRecord(where)) return ''
  const parts: string[] = []
  if (typeof where.island === 'number') parts.push(island(where.island))
  if (Array.isArray(where.cell)) parts.push(`cell (${where.cell.join(', ')})`)
  return parts.join(', ')
}

/** A number without a metric of its own: six digits. */
export function plainNumber(value: number): string {
  const text = Math.abs(value) >= 1e6 || Number.isInteger(value) ? value.toLocaleString('en-US', { maximumFractionDigits: 0 }) : String(Number(value.toPrecision(6)))
  return text.replace('-', '−')
}

/** How a score changed: "−42 %", "×26 thousand" where it is beyond all measure, "unchanged". */
export function changed(before: number | null | undefined, after: number | null): string {
  if (before === null || before === undefined || after === null || before === 0) return '–'
  if (before === after) return 'unchanged'
  const share = (after - before) / Math.abs(before)
  if (Math.abs(share) >= 10) return `×${Number((after / before).toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 0 }).replace('-', '−')}`
  const percent = 100 * share
  const digits = Math.abs(percent) < 1 ? 2 : Math.abs(percent) < 10 ? 1 : 0
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(digits)} %`
}
