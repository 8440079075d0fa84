/** What a model was asked and said, as messages with a role each, whatever its proposer sent. */
import type { Json } from '../../lib/contract'
import { count, span, usd } from '../../lib/format'
import type { Call } from './documents'

export interface Message {
  role: string
  text: string
}

/** The messages of a prompt: a text is one of them. */
export function messagesOf(prompt: Json): Message[] {
  const found = isRecord(prompt) && prompt.messages !== undefined ? prompt.messages : prompt
  if (Array.isArray(found) && found.length > 0 && found.every((each) => isRecord(each) && 'content' in each)) {
    return found.map((each) => {
      const { role, content } = each as Record<string, Json>
      return { role: typeof role === 'string' ? role : 'prompt', text: textOf(content ?? null) }
    })
  }
  return [{ role: 'prompt', text: textOf(found) }]
}

/** A reply's text; "" where the model said nothing. */
export function replyOf(reply: Json): string {
  return isRecord(reply) && typeof reply.text === 'string' ? reply.text : textOf(reply)
}

/** Parts of a message that are texts, one after the other; anything else as JSON. */
export function textOf(content: Json): string {
  if (content === null) return ''
  if (typeof content === 'string') return content
  if (isRecord(content) && typeof content.text === 'string') return content.text
  if (Array.isArray(content) && content.length > 0 && content.every((part) => isRecord(part) && typeof part.text === 'string')) {
    return content.map((part) => (part as { text: string }).text).join('\n')
  }
  return JSON.stringify(content, null, 1)
}

/** What the call was asked with, beside its messages: "temperature 0.29". */
export function settingsOf(prompt: Json): [string, string][] {
  if (!isRecord(prompt)) return []
  return Object.entries(prompt)
    .filter(([name, value]) => name !== 'messages' && value !== null && typeof value !== 'object')
    .map(([name, value]) => [name.replaceAll('_', ' '), String(value)])
}

/** Tokens, price and time of a call: unknown is said, and is never 0. */
export function costOf(call: Call): string {
  const { cost, reply } = call
  const parts: string[] = []
  const [input, output] = usageOf(reply)
  if (input !== null && output !== null) parts.push(`${count(input)} tokens in, ${count(output)} out`)
  else parts.push(cost?.tokens === undefined ? 'tokens unknown' : `${count(cost.tokens)} tokens`)
  parts.push(cost?.usd === null || cost?.usd === undefined ? 'price unknown' : usd(cost.usd))
  if (cost?.seconds) parts.push(span(cost.seconds))
  return parts.join(' · ')
}

/** Why the reply ended, where that was not of itself. */
export function endedOf(reply: Json): string | null {
  const finish = isRecord(reply) ? reply.finish : null
  return typeof finish === 'string' && finish !== 'stop' && finish !== '' ? finish : null
}

function usageOf(reply: Json): [number | null, number | null] {
  const usage = isRecord(reply) ? reply.usage : null
  const [input, output] = Array.isArray(usage) ? usage : []
  return [typeof input === 'number' ? input : null, typeof output === 'number' ? output : null]
}

/** A value of the operator's parameters in a line. */
export function short(value: Json): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)))
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What an operator noted of its edit, "" if nothing. */
export function editOf(notes: Json): string {
  return isRecord(notes) && typeof notes.edit === 'string' ? notes.edit : ''
}

export function isRecord(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
