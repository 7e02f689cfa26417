function iso(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Today where the reader is, as 2026-01-31. */
export function today(): string {
  return iso(new Date())
}

/** The day that lies some days after another. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00`)
  date.setDate(date.getDate() + days)
  return iso(date)
}

/** A day as people read it: 31 Jan 2026. */
export function showDay(day: string): string {
  if (day === '') return ''
  const date = new Date(`${day}T12:00:00`)
  if (Number.isNaN(date.getTime())) return day
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

/** An amount with two decimals: 1,250.00. */
export function showMoney(value: number | null): string {
  if (value === null) return ''
  return value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(new Date(`${text}T12:00:00`).getTime())
}
