import { fireEvent, render, screen, within } from '@testing-library/react'
import { expect } from 'vitest'
import { App } from '../App'

/** The app at an address, as a reader finds it. */
export async function open(path: string): Promise<void> {
  window.location.hash = `#${path}`
  render(<App />)
  await screen.findByRole('heading', { level: 1 })
}

/** From the overview to a page, by the menu. */
export async function visit(name: string): Promise<void> {
  await open('/')
  await turnTo(name)
}

export function fill(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } })
}

/** Takes the first record that a choice offers. */
export function chooseFirst(label: string): void {
  const select = screen.getByLabelText<HTMLSelectElement>(label)
  const option = within(select)
    .getAllByRole<HTMLOptionElement>('option')
    .find((each) => each.value !== '')
  expect(option, `${label} offers something`).toBeDefined()
  fireEvent.change(select, { target: { value: option?.value } })
}

export function press(name: string): void {
  fireEvent.click(screen.getByRole('button', { name }))
}

export function follow(name: string): void {
  fireEvent.click(screen.getByRole('link', { name }))
}

/** By the menu to another page. */
export async function turnTo(name: string): Promise<void> {
  fireEvent.click(within(screen.getByRole('navigation', { name: 'Site menu' })).getByRole('link', { name }))
  await screen.findByRole('heading', { level: 1, name })
}

/** The first of the buttons whose name fits. */
export function pressFirst(name: RegExp): void {
  const [first] = screen.getAllByRole('button', { name })
  if (first === undefined) throw new Error('There is no such button')
  fireEvent.click(first)
}

export async function heading(): Promise<string> {
  return (await screen.findByRole('heading', { level: 1 })).textContent ?? ''
}

/** The names of the records that a list shows, from top to bottom. */
export async function shownNames(): Promise<string[]> {
  await screen.findByTestId('records')
  return screen.getAllByTestId('name').map((each) => each.textContent ?? '')
}
