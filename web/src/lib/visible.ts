/**
 * Text that a candidate or a model wrote, made safe to look at: what steers a terminal, turns the direction of writing
 * or takes no room is replaced by a mark that can be seen. Nothing is dropped, and nothing here makes markup.
 */

/** A character that would not be seen: `sign` stands for it, `name` says what it is. */
export interface Mark {
  sign: string
  name: string
}

export type Piece = string | Mark

const NAMED: Readonly<Record<number, readonly [string, string]>> = {
  0x00ad: ['SHY', 'soft hyphen'],
  0x034f: ['CGJ', 'combining grapheme joiner'],
  0x061c: ['ALM', 'Arabic letter mark'],
  0x115f: ['HCF', 'Hangul filler'],
  0x1160: ['HJF', 'Hangul filler'],
  0x180e: ['MVS', 'Mongolian vowel separator'],
  0x200b: ['ZWSP', 'zero width space'],
  0x200c: ['ZWNJ', 'zero width non-joiner'],
  0x200d: ['ZWJ', 'zero width joiner'],
  0x200e: ['LRM', 'left-to-right mark'],
  0x200f: ['RLM', 'right-to-left mark'],
  0x2028: ['LS', 'line separator'],
  0x2029: ['PS', 'paragraph separator'],
  0x202a: ['LRE', 'left-to-right embedding'],
  0x202b: ['RLE', 'right-to-left embedding'],
  0x202c: ['PDF', 'pop directional formatting'],
  0x202d: ['LRO', 'left-to-right override'],
  0x202e: ['RLO', 'right-to-left override'],
  0x2060: ['WJ', 'word joiner'],
  0x2066: ['LRI', 'left-to-right isolate'],
  0x2067: ['RLI', 'right-to-left isolate'],
  0x2068: ['FSI', 'first strong isolate'],
  0x2069: ['PDI', 'pop directional isolate'],
  0x3164: ['HF', 'Hangul filler'],
  0xfeff: ['BOM', 'byte order mark'],
  0xffa0: ['HF', 'halfwidth Hangul filler'],
  0xfff9: ['IAA', 'interlinear annotation anchor'],
  0xfffa: ['IAS', 'interlinear annotation separator'],
  0xfffb: ['IAT', 'interlinear annotation terminator'],
}

/** In words: few fonts have the pictures of control characters. */
const CONTROLS =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(' ')

/**
 * Controls but tab and line feed; format characters that turn, hide or carry nothing visible; halves of surrogate
 * pairs; what is for private use or is no character. A joiner inside an emoji is left alone.
 */
const HIDDEN =
  '(?<!\\p{Extended_Pictographic}\\ufe0f?|\\p{Emoji_Modifier})\\u200d|\\u200d(?!\\p{Extended_Pictographic})' +
    '|[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u180e\\u200b\\u200c\\u200e\\u200f' +
    '\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\ufdd0-\\ufdef\\ufffe\\uffff]' +
    '|[\\u{e0000}-\\u{e0fff}]|[\\u{1d173}-\\u{1d17a}]|\\p{Co}|\\p{Cs}'
const EACH = new RegExp(HIDDEN, 'gu')
/** Without a memory of where it was: a regular expression that has "g" keeps it from one question to the next. */
const ANY = new RegExp(HIDDEN, 'u')

/** The text as runs of plain characters and marks. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const match of text.matchAll(EACH)) {
    if (match.index > at) found.push(text.slice(at, match.index))
    found.push(markOf(match[0].codePointAt(0) ?? 0))
    at = match.index + match[0].length
  }
  if (at < text.length || found.length === 0) found.push(text.slice(at))
  return found
}

/** The same in one string, for titles, attributes and the clipboard's preview. */
export function visible(text: string): string {
  return pieces(text)
    .map((piece) => (typeof piece === 'string' ? piece : piece.sign))
    .join('')
}

/** In one line of bounded length, as the log's sentences have it. */
export function inLine(text: string, most = 300): string {
  const line = visible(text).replace(/\s+/gu, ' ').trim()
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}

/** Whether nothing in it needs a mark. */
export function isPlain(text: string): boolean {
  return !ANY.test(text)
}

function markOf(code: number): Mark {
  const number = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  const control = code === 0x7f ? 'DEL' : CONTROLS[code]
  if (control !== undefined) return { sign: `⟪${control}⟫`, name: `${number} control character` }
  const named = NAMED[code]
  if (named !== undefined) return { sign: `⟪${named[0]}⟫`, name: `${number} ${named[1]}` }
  if (code >= 0xe0020 && code <= 0xe007e) {
    return { sign: `⟪tag ${String.fromCharCode(code - 0xe0000)}⟫`, name: `${number} invisible tag character` }
  }
  return { sign: `⟪${number}⟫`, name: code >= 0xd800 && code <= 0xdfff ? `${number} half of a pair` : number }
}
