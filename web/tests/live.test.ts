import { describe, expect, it } from 'vitest'
import { Parser } from '../src/lib/live'

const PATCH = 'id: 7\nevent: patch\ndata: {"seq": 7, "nodes": null, "summary": {}, "gains": []}\n\n'

describe('the stream', () => {
  it('is read wherever its pieces were cut', () => {
    const whole = `: heartbeat\n\nretry: 500\n\n${PATCH}event: state\ndata: {"name": "paused"}\n\n`
    for (let size = 1; size < 40; size += 3) {
      const parser = new Parser()
      const found = []
      for (let at = 0; at < whole.length; at += size) found.push(...parser.feed(whole.slice(at, at + size)))
      expect(found.map((each) => each.event)).toEqual(['patch', 'state'])
    }
  })

  it('takes lines that end as on Windows, and data of several lines', () => {
    const [found] = new Parser().feed('event: patch\r\ndata: {"seq":\r\ndata: 3}\r\n\r\n')
    expect(found).toEqual({ event: 'patch', data: { seq: 3 } })
  })

  it('leaves events that it does not know', () => {
    expect(new Parser().feed('event: later\ndata: {}\n\ndata: {}\n\n')).toEqual([])
  })
})
