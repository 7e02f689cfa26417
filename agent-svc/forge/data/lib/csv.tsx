import { useId, useState } from 'react'
import { isDay } from './values'

export interface Column<D extends object> {
  readonly header: string
  write(item: D): string
  /** Puts what a cell says into the draft, or returns what is wrong with it. */
  read(cell: string, draft: D): string | undefined
}

type Get<D, V> = (item: D) => V
type Put<D, V> = (draft: D, value: V) => void

export function textColumn<D extends object>(header: string, get: Get<D, string>, put: Put<D, string>): Column<D> {
  return {
    header,
    write: get,
    read: (cell, draft) => {
      put(draft, cell)
      return undefined
    },
  }
}

export function dayColumn<D extends object>(header: string, get: Get<D, string>, put: Put<D, string>): Column<D> {
  return {
    header,
    write: get,
    read: (cell, draft) => {
      if (cell !== '' && !isDay(cell)) return `${header} must be a day such as 2026-01-31.`
      put(draft, cell)
      return undefined
    },
  }
}

export function numberColumn<D extends object>(
  header: string,
  get: Get<D, number | null>,
  put: Put<D, number | null>,
): Column<D> {
  return {
    header,
    write: (item) => String(get(item) ?? ''),
    read: (cell, draft) => {
      if (Number.isNaN(Number(cell))) return `${header} must be a number.`
      put(draft, cell === '' ? null : Number(cell))
      return undefined
    },
  }
}

export function yesNoColumn<D extends object>(header: string, get: Get<D, boolean>, put: Put<D, boolean>): Column<D> {
  return {
    header,
    write: (item) => (get(item) ? 'yes' : 'no'),
    read: (cell, draft) => {
      put(draft, /^(yes|true|1|x)$/i.test(cell))
      return undefined
    },
  }
}

export function choiceColumn<D extends object, V extends string>(
  header: string,
  options: readonly V[],
  get: Get<D, V>,
  put: Put<D, V>,
): Column<D> {
  return {
    header,
    write: get,
    read: (cell, draft) => {
      const option = options.find((each) => each.toLowerCase() === cell.toLowerCase())
      if (option !== undefined) put(draft, option)
      return option === undefined && cell !== '' ? `${header} must be one of ${options.join(', ')}.` : undefined
    },
  }
}

/** A column that names another record. */
export function recordColumn<D extends object>(
  header: string,
  options: readonly { readonly id: string; readonly name: string }[],
  get: Get<D, string>,
  put: Put<D, string>,
): Column<D> {
  return {
    header,
    write: (item) => options.find((option) => option.id === get(item))?.name ?? '',
    read: (cell, draft) => {
      const option = options.find((each) => each.name.toLowerCase() === cell.toLowerCase())
      if (option !== undefined) put(draft, option.id)
      return option === undefined && cell !== '' ? `${header} is unknown: ${cell}` : undefined
    },
  }
}

/** A cell in quotes where it needs them. One that a spreadsheet would take for a formula gets an apostrophe. */
function writeCell(text: string): string {
  const safe = /^[=+@\t\r]/.test(text) || /^-(?![0-9.]+$)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function readCell(text: string): string {
  return /^'[=+@\t\r-]/.test(text) ? text.slice(1) : text
}

export function writeCsv<D extends object>(columns: readonly Column<D>[], items: readonly D[]): string {
  const rows = items.map((item) => columns.map((column) => writeCell(column.write(item))).join(','))
  return [columns.map((column) => writeCell(column.header)).join(','), ...rows].join('\r\n') + '\r\n'
}

/** The rows of a text, each a list of cells. */
export function readRows(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false

  const endRow = () => {
    row.push(readCell(cell))
    if (row.some((each) => each !== '')) rows.push(row)
    row = []
    cell = ''
  }

  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (quoted) {
      if (char !== '"') cell += char
      else if (text.charAt(at + 1) === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (char === '"') quoted = true
    else if (char === ',') {
      row.push(readCell(cell))
      cell = ''
    } else if (char === '\n') endRow()
    else if (char !== '\r') cell += char
  }
  endRow()
  return rows
}

/** Drafts from a text whose first row names the columns, and what is wrong with the rows that made none. */
export function readCsv<D extends object>(
  columns: readonly Column<D>[],
  empty: () => D,
  check: (draft: D, before: readonly D[]) => string | undefined,
  text: string,
): { drafts: D[]; problems: string[] } {
  const [header = [], ...rows] = readRows(text.replace(/^\uFEFF/, ''))
  const places = columns.map((column) =>
    header.findIndex((name) => name.trim().toLowerCase() === column.header.toLowerCase()),
  )
  if (places.every((place) => place < 0)) {
    return { drafts: [], problems: [`The first row must name the columns: ${columns.map((c) => c.header).join(', ')}.`] }
  }

  const drafts: D[] = []
  const problems: string[] = []
  rows.forEach((row, at) => {
    const draft = empty()
    const wrong = columns
      .map((column, index) => {
        const cell = row[places[index] ?? -1]
        return cell === undefined ? undefined : column.read(cell.trim(), draft)
      })
      .find((problem) => problem !== undefined)
    const problem = wrong ?? check(draft, drafts)
    if (problem === undefined) drafts.push(draft)
    else problems.push(`Row ${at + 2}: ${problem}`)
  })
  return { drafts, problems }
}

/** Hands a text to the reader as a file. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** Takes a CSV file; says how many rows were taken and what was wrong with the others. */
export function Import(props: { label: string; onText(text: string): Promise<{ taken: number; problems: string[] }> }) {
  const id = useId()
  const [taken, setTaken] = useState<number>()
  const [problems, setProblems] = useState<string[]>([])

  async function read(file: File | undefined) {
    if (file === undefined) return
    try {
      const result = await props.onText(await file.text())
      setTaken(result.taken)
      setProblems(result.problems)
    } catch {
      setTaken(0)
      setProblems(['The file can’t be read.'])
    }
  }

  return (
    <div className="import">
      <label htmlFor={id} className="button quiet">
        {props.label}
      </label>
      <input
        id={id}
        type="file"
        accept=".csv,text/csv"
        className="hidden"
        onChange={(event) => {
          void read(event.target.files?.[0])
        }}
      />
      {taken !== undefined && <p role="status">{`${taken} imported, ${problems.length} refused`}</p>}
      {problems.length > 0 && (
        <ul className="problem">
          {problems.slice(0, 10).map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
