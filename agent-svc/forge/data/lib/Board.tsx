import { useId } from 'react'
import { Link } from './router'

export interface Card {
  readonly id: string
  readonly title: string
  readonly column: string
  readonly href: string
  readonly detail: string
}

function BoardCard(props: { card: Card; columns: readonly string[]; onMove: ((column: string) => void) | undefined }) {
  const id = useId()
  const { card, onMove } = props
  return (
    <li
      className="card"
      draggable={onMove !== undefined}
      onDragStart={(event) => event.dataTransfer.setData('text/plain', card.id)}
    >
      <Link to={card.href}>{card.title}</Link>
      {card.detail !== '' && <p>{card.detail}</p>}
      {onMove !== undefined && (
        <>
          <label htmlFor={id} className="hidden">{`Move ${card.title}`}</label>
          <select id={id} value={card.column} onChange={(event) => onMove(event.target.value)}>
            {props.columns.map((column) => (
              <option key={column}>{column}</option>
            ))}
          </select>
        </>
      )}
    </li>
  )
}

/** Cards in columns. They move by drag and drop, and by a choice on each card. */
export function Board(props: {
  columns: readonly string[]
  cards: readonly Card[]
  onMove: ((id: string, column: string) => void) | undefined
}) {
  const { onMove } = props
  return (
    <div className="board">
      {props.columns.map((column) => {
        const cards = props.cards.filter((card) => card.column === column)
        return (
          <section
            key={column}
            aria-label={column}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => onMove?.(event.dataTransfer.getData('text/plain'), column)}
          >
            <h2>
              {column} <span className="count">{cards.length}</span>
            </h2>
            <ul>
              {cards.map((card) => (
                <BoardCard
                  key={card.id}
                  card={card}
                  columns={props.columns}
                  onMove={onMove === undefined ? undefined : (to) => onMove(card.id, to)}
                />
              ))}
            </ul>
            {cards.length === 0 && <p className="nothing">Nothing here</p>}
          </section>
        )
      })}
    </div>
  )
}
