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
