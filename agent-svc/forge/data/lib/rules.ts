import type { Saved } from './repository'

/** What a rule may look at beside the draft: the other records, and what day it is. */
export interface Situation<D extends object> {
  readonly others: readonly Saved<D>[]
  readonly today: string
}

export interface Rule<D extends object> {
  readonly field: keyof D & string
  readonly says: string
  broken(draft: D, situation: Situation<D>): boolean
}

export type Problems<D extends object> = Partial<Record<keyof D & string, string>>

/** The first broken rule of each field. */
export function findProblems<D extends object>(
  rules: readonly Rule<D>[],
  draft: D,
  situation: Situation<D>,
): Problems<D> {
  const problems: Problems<D> = {}
  for (const rule of rules) {
    if (problems[rule.field] === undefined && rule.broken(draft, situation)) problems[rule.field] = rule.says
  }
  return problems
}

export function sameText(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}

/** Whether one of the texts contains the query, in whichever case. */
export function contains(texts: readonly string[], query: string): boolean {
  const wanted = query.trim().toLowerCase()
  return wanted === '' || texts.some((text) => text.toLowerCase().includes(wanted))
}

/** The order of two values: numbers by size, yes before no, anything else by the alphabet, nothing last. */
export function compare(one: string | number | boolean | null, other: string | number | boolean | null): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one === 'boolean' && typeof other === 'boolean') return Number(other) - Number(one)
  if (one === null || one === '') return other === null || other === '' ? 0 : 1
  if (other === null || other === '') return -1
  return String(one).localeCompare(String(other), 'en', { numeric: true })
}

export function isEmail(text: string): boolean {
  return text === '' || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
}

export function isPhone(text: string): boolean {
  return text === '' || /^[+(]?[0-9][0-9 ()/.-]{4,}$/.test(text)
}

/** Only addresses of the web: a link that runs a script is none. */
export function isUrl(text: string): boolean {
  return text === '' || /^https?:\/\/[^\s]+\.[^\s]+$/i.test(text)
}
