export interface Bar {
  readonly name: string
  readonly value: number
}

/** Adds up a value for each name, the largest first. */
export function sumBy<T>(items: readonly T[], nameOf: (item: T) => string, valueOf: (item: T) => number): Bar[] {
  const sums = new Map<string, number>()
  for (const item of items) sums.set(nameOf(item), (sums.get(nameOf(item)) ?? 0) + valueOf(item))
  return [...sums].map(([name, value]) => ({ name, value })).sort((a, b) => b.value - a.value)
}

export function BarChart({ title, bars }: { title: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map((bar) => bar.value))
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <ul>
        {bars.map((bar) => (
          <li key={bar.name}>
            <span className="name">{bar.name}</span>
            <span className="track" aria-hidden="true">
              <span className="bar" style={{ width: `${Math.max(0, (100 * bar.value) / most)}%` }} />
            </span>
            <span className="value">{Number(bar.value.toFixed(2)).toLocaleString('en')}</span>
          </li>
        ))}
      </ul>
      {bars.length === 0 && <p className="nothing">Nothing to show yet</p>}
    </figure>
  )
}
