//! A web application: a TypeScript page on which neighbours plan a common meal.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "long-table",
    material: Material::WebApplication,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["potluck", "who brings what"]),
    (
        "for whom",
        &["neighbour", "school class", "no account", "without account"],
    ),
    ("instead", &["spreadsheet", "Doodle"]),
    (
        "call: claimed at once on the screen",
        &[
            "claim before server",
            "optimistic",
            "shows screen before",
            "at once screen",
        ],
    ),
    (
        "call: put back when it fails",
        &[
            "rolled back",
            "roll back",
            "somebody faster",
            "taken back",
            "undo",
        ],
    ),
    (
        "structure",
        &["dish claimed", "dish portions", "table link", "dish name"],
    ),
    (
        "link instead of accounts",
        &["link account", "link instead", "secret link"],
    ),
    (
        "works offline",
        &["offline queue", "offline claims", "connection again", "basement"],
    ),
    ("tests", &["two guests same dish", "same dish", "vegetarian"]),
    ("history", &["Ines Prado Kofi Mensah"]),
    ("start", &["npm install", "npm run dev"]),
    (
        "first file or licence",
        &["src main", "main file", "App file", "MIT", "store file"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2020-06-14", "Ines Prado", "chore: vite template"),
    ("2020-06-15", "Ines Prado", "feat: list of dishes"),
    ("2020-07-01", "Ines Prado", "feat: claim a dish"),
    ("2020-07-19", "Ines Prado", "fix: two guests claim the same dish"),
    ("2021-04-05", "Ines Prado", "feat: tables behind secret links"),
    ("2022-05-20", "Kofi Mensah", "feat: offline queue"),
    ("2022-06-02", "Kofi Mensah", "feat: diet filter"),
    (
        "2022-09-11",
        "Kofi Mensah",
        "fix: keep the queue when the page is closed",
    ),
    ("2023-08-30", "Kofi Mensah", "refactor: one store"),
    ("2024-05-03", "Yuki Abe", "feat: Japanese translation"),
];

const FILES: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{
  "name": "long-table",
  "private": true,
  "version": "0.9.0",
  "license": "MIT",
  "scripts": { "dev": "vite", "build": "tsc && vite build", "test": "vitest" },
  "dependencies": { "preact": "^10.15.0", "@preact/signals": "^1.1.3", "idb": "^7.1.1" },
  "devDependencies": { "typescript": "^5.0.2", "vite": "^4.4.0", "vitest": "^0.34.0" }
}
"#,
    ),
    (
        "README.md",
        r##"<h1 align="center">🥗 Long Table</h1>
<p align="center"><a href="https://longtable.example">Try it</a> · <a href="#development">Hack on it</a></p>

Long Table is a small web app for planning a potluck: who brings what, for how many, and what is still missing. Made for neighbours and school classes, who have a shared evening but no shared account anywhere.

![screenshot](docs/screenshot.png)

## ✨ Features

- 🔗 One link per table. Whoever has the link is a guest. Nobody registers.
- 📶 Works offline: claims are kept in a queue until there is a connection again.
- 🌱 Filter by diet.
- 🌍 English, Portuguese, Japanese.

## Why not a spreadsheet?

Because on a phone two people always edit the same cell. And Doodle asks for a date, we already have one.

## Why a link instead of accounts?

My neighbours are between 9 and 87 years old. Every form that asks for a password lost half of them.

## Development

```bash
npm install
npm run dev        # http://localhost:5173
npm test
```

The app talks to any server that speaks the five requests in `src/api.ts`; `npm run dev` uses one that forgets everything when it stops.

### Where is what?

```
src/main.tsx        starts the page
src/store.ts        all state, all changes
src/api.ts          requests
src/queue.ts        what waits for a connection
src/components/     what you see
```

## License

MIT © Ines Prado and contributors
"##,
    ),
    (
        "LICENSE",
        "MIT License\n\nCopyright (c) 2020 Ines Prado\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software and associated documentation files.\n\nThe above copyright notice and this permission notice shall be included in all\ncopies or substantial portions of the Software.\n",
    ),
    (
        "index.html",
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Long Table</title><link rel=\"manifest\" href=\"/manifest.json\"></head>\n<body>\n<div id=\"app\"></div>\n<script type=\"module\" src=\"/src/main.tsx\"></script>\n</body>\n</html>\n",
    ),
    (
        "src/main.tsx",
        r#"// Starts the page: reads the link, opens the table, draws.
import { render } from 'preact';

import { App } from './components/App';
import { flush } from './queue';
import { open } from './store';

const secret = location.hash.slice(1);

await open(secret);
render(<App />, document.getElementById('app')!);

// whatever was claimed in the basement without a signal
window.addEventListener('online', () => flush(secret));
"#,
    ),
    (
        "src/model.ts",
        r#"/** Something to eat that somebody could bring. */
export interface Dish {
  id: string;
  /** as a guest typed it */
  name: string;
  /** for how many people it is enough */
  portions: number;
  /** vegetarian, vegan, gluten-free, … */
  diets: string[];
  /** name of the guest who brings it; undefined while it is free */
  claimedBy?: string;
}

/** One evening. There are no users: a table is known by its secret link. */
export interface Table {
  secret: string;
  title: string;
  guests: number;
  dishes: Dish[];
}
"#,
    ),
    (
        "src/store.ts",
        r#"/**
 * All state of the page and all changes to it. Components read signals and call
 * these functions, nothing else, so that every change can be undone in one place.
 */
import { signal } from '@preact/signals';

import * as api from './api';
import type { Dish, Table } from './model';
import { enqueue } from './queue';

export const table = signal<Table | null>(null);
export const me = signal(localStorage.getItem('name') ?? '');

/** Loads the table behind a secret link. */
export async function open(secret: string): Promise<void> {
  table.value = await api.load(secret);
}

/**
 * Claims a dish for the guest in front of the screen.
 *
 * The screen shows it at once, before the server has answered; when somebody
 * else was faster, the claim is rolled back and the guest is told who it was.
 */
export async function claim(dish: Dish): Promise<void> {
  const before = table.value!;
  // optimistic: draw first, ask later
  replace({ ...dish, claimedBy: me.value });
  try {
    await api.claim(before.secret, dish.id, me.value);
  } catch (error) {
    // no connection is not an error here, the claim just waits
    if (error instanceof api.Offline) {
      await enqueue({ kind: 'claim', dish: dish.id, guest: me.value });
      return;
    }
    table.value = before;
    throw error;
  }
}

/** How many guests would still be hungry. */
export function missing(of: Table): number {
  const portions = of.dishes.filter((dish) => dish.claimedBy).reduce((sum, dish) => sum + dish.portions, 0);
  return Math.max(0, of.guests - portions);
}

function replace(dish: Dish): void {
  const current = table.value!;
  table.value = { ...current, dishes: current.dishes.map((other) => (other.id === dish.id ? dish : other)) };
}
"#,
    ),
    (
        "src/api.ts",
        r#"/** The five requests that a server has to answer. */
import type { Table } from './model';

/** There was no connection at all. */
export class Offline extends Error {}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, init);
  } catch {
    throw new Offline();
  }
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** Reads a table. */
export const load = (secret: string) => ask<Table>(`/tables/${secret}`);

/** Claims a dish; fails with the name of whoever was faster. */
export const claim = (secret: string, dish: string, guest: string) =>
  ask<void>(`/tables/${secret}/dishes/${dish}/claim`, { method: 'POST', body: JSON.stringify({ guest }) });
"#,
    ),
    (
        "src/queue.ts",
        r#"/** Claims that wait for a connection, in IndexedDB, because they must outlive the page. */
import { openDB } from 'idb';

import * as api from './api';

export interface Waiting {
  kind: 'claim';
  dish: string;
  guest: string;
}

const db = openDB('long-table', 1, { upgrade: (db) => void db.createObjectStore('queue', { autoIncrement: true }) });

/** Keeps a claim for later. */
export async function enqueue(waiting: Waiting): Promise<void> {
  await (await db).add('queue', waiting);
}

/** Sends everything that waits, oldest first; stops at the first failure. */
export async function flush(secret: string): Promise<void> {
  for (const key of await (await db).getAllKeys('queue')) {
    const waiting: Waiting = await (await db).get('queue', key);
    await api.claim(secret, waiting.dish, waiting.guest);
    await (await db).delete('queue', key);
  }
}
"#,
    ),
    (
        "src/components/App.tsx",
        r#"import { useState } from 'preact/hooks';

import { claim, missing, table } from '../store';
import { DishCard } from './DishCard';

/** The whole page: title, what is missing, one card for each dish. */
export function App() {
  const [diet, setDiet] = useState('');
  if (!table.value) return <p>Loading…</p>;
  const dishes = table.value.dishes.filter((dish) => !diet || dish.diets.includes(diet));
  return (
    <main>
      <h1>{table.value.title}</h1>
      <p>{missing(table.value)} portions are missing</p>
      <input value={diet} onInput={(event) => setDiet(event.currentTarget.value)} />
      {dishes.map((dish) => <DishCard dish={dish} onClaim={() => claim(dish)} />)}
    </main>
  );
}
"#,
    ),
    (
        "src/components/DishCard.tsx",
        r#"import type { Dish } from '../model';

/** A dish, with a button while it is free. */
export function DishCard({ dish, onClaim }: { dish: Dish; onClaim: () => void }) {
  return (
    <article>
      <h2>{dish.name}</h2>
      {dish.claimedBy ? <p>{dish.claimedBy} brings it</p> : <button onClick={onClaim}>I bring it</button>}
    </article>
  );
}
"#,
    ),
    (
        "src/store.test.ts",
        r#"import { describe, expect, it } from 'vitest';

describe('claiming', () => {
  it('shows the claim before the server has answered', async () => {});
  it('gives the dish back when two guests claim the same dish', async () => {});
  it('keeps a claim for later when there is no connection', async () => {});
});

describe('filtering by diet', () => {
  it('counts vegan dishes as vegetarian', () => {
    expect(true).toBe(true);
  });
});
"#,
    ),
];
