import { describe, expect, it } from 'vitest'
import { Columns } from '../src/lib/columns'

describe('columns', () => {
  it('starts empty', () => {
    expect(new Columns().row(1)).toBe(-1)
  })
})
