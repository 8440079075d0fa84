import { describe, expect, it } from 'vitest'
import { inLine, isPlain, pieces, visible } from '../src/lib/visible'

describe('what a candidate wrote is shown, not obeyed', () => {
  it('leaves ordinary text as it is, in any script', () => {
    for (const text of ['', 'return -0.83 * slack', 'עברית', '日本語', 'naïve e\u0301', 'a\tb\nc', '👩‍👩‍👧 ✈️']) {
      expect(visible(text)).toBe(text)
      expect(isPlain(text)).toBe(true)
    }
  })

  it('shows the characters that steer a terminal', () => {
    expect(visible('\x1b[31mred\x1b[0m')).toBe('⟪ESC⟫[31mred⟪ESC⟫[0m')
    expect(visible('a\x00b\x07\x08\r\x7f')).toBe('a⟪NUL⟫b⟪BEL⟫⟪BS⟫⟪CR⟫⟪DEL⟫')
    expect(visible('\x9b31m')).toBe('⟪U+009B⟫31m')
  })

  it('shows what turns the direction of writing', () => {
    expect(visible('if access != "user\u202e \u2066// admin\u2069 \u2066":')).toBe(
      'if access != "user⟪RLO⟫ ⟪LRI⟫// admin⟪PDI⟫ ⟪LRI⟫":',
    )
    expect(pieces('\u200f')).toEqual([{ sign: '⟪RLM⟫', name: 'U+200F right-to-left mark' }])
  })

  it('shows what takes no room', () => {
    expect(visible('pass\u200bword\ufeff\u2060\u00ad')).toBe('pass⟪ZWSP⟫word⟪BOM⟫⟪WJ⟫⟪SHY⟫')
    expect(visible('x\u200dy')).toBe('x⟪ZWJ⟫y')
    expect(visible('hi\u{e0068}\u{e0069}')).toBe('hi⟪tag h⟫⟪tag i⟫')
    expect(visible('a\u{e0100}b')).toBe('a⟪U+E0100⟫b')
    expect(visible('one\u2028two')).toBe('one⟪LS⟫two')
  })

  it('shows half of a surrogate pair, and keeps whole ones', () => {
    expect(visible('\udfff lone \u{1f600}')).toBe('⟪U+DFFF⟫ lone \u{1f600}')
  })

  it('drops nothing: marks and runs in their order', () => {
    expect(pieces('a\u202eb')).toEqual(['a', { sign: '⟪RLO⟫', name: 'U+202E right-to-left override' }, 'b'])
    expect(pieces('')).toEqual([''])
  })

  it('asks anew each time', () => {
    const text = 'a\u202eb \x1b'
    expect(isPlain(text)).toBe(false)
    expect(visible(text)).toBe('a⟪RLO⟫b ⟪ESC⟫')
    expect(isPlain('\x1b')).toBe(false)
    expect(isPlain('\x1b')).toBe(false)
  })

  it('fits a line', () => {
    expect(inLine('  two\n lines\t\x1b ')).toBe('two lines ⟪ESC⟫')
    expect(inLine('x'.repeat(400), 10)).toBe('xxxxxxxxx…')
  })
})
