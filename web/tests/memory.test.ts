import { describe, expect, it } from 'vitest'
import { byTopic, difference, previous, type Note } from '../src/pages/memory/entries'

const note = (seq: number, topic: string, text: string): Note => ({ seq, topic, text, author: 'reflect', at: seq, operator: 'reflect', used: [], after: null })
const notes = [note(1, 'scratchpad', 'a\nb\nc'), note(5, 'lesson', 'Sort first'), note(9, 'scratchpad', 'a\nB\nc\nd')]

describe('notes', () => {
  it('stand under their topics, the latest first', () => {
    expect(byTopic(notes, '').map(([topic, of]) => [topic, of.map((each) => each.seq)])).toEqual([
      ['scratchpad', [9, 1]],
      ['lesson', [5]],
    ])
    expect(byTopic(notes, ' sort ').map(([topic]) => topic)).toEqual(['lesson'])
  })

  it('know the one before of their topic', () => {
    expect(previous(notes, notes[2] as Note)?.seq).toBe(1)
    expect(previous(notes, notes[0] as Note)).toBeNull()
  })
})

describe('what changed over time', () => {
  const told = (old: string, now: string): string[] => difference(old, now).flatMap((hunk) => hunk.lines.map((line) => line.op + line.text))

  it('is told line by line', () => {
    expect(told('a\nb\nc', 'a\nB\nc\nd')).toEqual([' a', '-b', '+B', ' c', '+d'])
    expect(told('same', 'same')).toEqual([])
  })

  it('leaves out what is far from any change', () => {
    const old = Array.from({ length: 20 }, (_, at) => `line ${at}`)
    const now = old.with(2, 'new').with(17, 'new')
    expect(difference(old.join('\n'), now.join('\n')).map((hunk) => hunk.lines.length)).toEqual([6, 6])
  })
})
