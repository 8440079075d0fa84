/** What a table of any length needs to know of a column. */
export interface Column<T> {
  key: string
  label: string
  /** Width in pixels; the column with none takes what is left. */
  width?: number
  align?: 'left' | 'right'
  /** What the cell says; a component may show more by the snippet `cell`. */
  text: (row: T) => string
  /** Whether a click on its head sorts. */
  sortable?: boolean
  /** Said of the column where its label is too short. */
  title?: string
}

export interface Sorted {
  key: string
  order: 'asc' | 'desc'
}
