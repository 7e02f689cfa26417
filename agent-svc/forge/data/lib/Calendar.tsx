import { useState } from 'react'
import { addDays, showDay, today } from './values'
import { Link } from './router'

export interface Entry {
  readonly id: string
  readonly day: string
  readonly title: string
  readonly href: string
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** The days of a month, from the Monday before it begins to the Sunday after it ends. */
export function daysAround(month: string): string[] {
  const first = `${month}-01`
  const back = (new Date(`${first}T12:00:00`).getDay() + 6) % 7
  const days: string[] = []
  for (let at = -back; days.length % 7 !== 0 || addDays(first, at).startsWith(month) || days.length === 0; at += 1) {
    days.push(addDays(first, at))
  }
  return days
}

/** One month of entries, each on its day. */
export function Calendar({ entries }: { entries: readonly Entry[] }) {
  const [month, setMonth] = useState(today().slice(0, 7))
  const title = new Date(`${month}-01T12:00:00`).toLocaleDateString('en-GB', { month: 'long', year: 'numeric' })
  const inMonth = entries.filter((entry) => entry.day.startsWith(month))

  return (
    <div className="calendar">
      <div className="toolbar">
        <button type="button" className="quiet" onClick={() => setMonth(addDays(`${month}-01`, -1).slice(0, 7))}>
          Previous month
        </button>
        <h2 aria-live="polite">{title}</h2>
        <button type="button" className="quiet" onClick={() => setMonth(addDays(`${month}-28`, 4).slice(0, 7))}>
          Next month
        </button>
      </div>
      <ol className="month">
        {WEEKDAYS.map((name) => (
          <li key={name} className="weekday" aria-hidden="true">
            {name}
          </li>
        ))}
        {daysAround(month).map((day) => (
          <li key={day} aria-label={showDay(day)} className={day.startsWith(month) ? (day === today() ? 'today' : '') : 'other'}>
            <span className="number">{Number(day.slice(8))}</span>
            {entries
              .filter((entry) => entry.day === day)
              .map((entry) => (
                <Link key={entry.id} to={entry.href}>
                  {entry.title}
                </Link>
              ))}
          </li>
        ))}
      </ol>
      {inMonth.length === 0 && <p className="nothing">Nothing in this month</p>}
    </div>
  )
}
