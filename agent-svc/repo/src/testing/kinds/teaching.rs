//! Teaching material: a course about databases with exercises that check themselves.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "sql-from-the-shelf",
    material: Material::Teaching,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    (
        "what",
        &["course SQL", "learn SQL", "SQL lessons", "course databases"],
    ),
    ("for whom", &["librarian", "beginners", "never programmed"]),
    ("instead", &["Software Carpentry", "SQLBolt"]),
    (
        "path: first queries",
        &[
            "select one table",
            "ask one table",
            "select where",
            "first queries",
        ],
    ),
    ("path: joins, then counting", &["join", "group by", "group count"]),
    (
        "material: the library database",
        &[
            "database library",
            "books loans",
            "loans readers",
            "loans members",
        ],
    ),
    (
        "SQLite, nothing to install",
        &["SQLite install", "SQLite because", "SQLite server"],
    ),
    (
        "predict before running",
        &["predict", "guess before", "paper before", "write down before"],
    ),
    (
        "exercises check themselves",
        &[
            "check exercise",
            "check answer",
            "checks rows",
            "result compared",
            "compares result",
        ],
    ),
    ("history", &["Ruth Adeyemi Mattias Berg"]),
    (
        "start",
        &[
            "python check",
            "sqlite3 library",
            "lesson 1",
            "first lesson",
            "lesson one",
        ],
    ),
    (
        "licence or caveat",
        &["CC", "Creative Commons", "not performance", "indexes"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2018-08-25", "Ruth Adeyemi", "Lesson 1"),
    ("2018-09-01", "Ruth Adeyemi", "Lesson 2 and its exercises"),
    ("2018-09-22", "Ruth Adeyemi", "A database of a small library"),
    (
        "2019-01-12",
        "Ruth Adeyemi",
        "Lesson 3: joins, after the first class got stuck",
    ),
    ("2019-10-05", "Ruth Adeyemi", "Check exercises by their rows"),
    ("2020-11-28", "C. Iyer", "Fix the date format in loans"),
    ("2021-08-21", "Mattias Berg", "Predict first"),
    ("2022-02-26", "Mattias Berg", "Lesson 4: counting"),
    ("2023-09-16", "Mattias Berg", "Notes for instructors"),
    (
        "2024-09-07",
        "Mattias Berg",
        "Fifth class: smaller steps in lesson 3",
    ),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        r#"SQL from the shelf
==================

A one-day course in which librarians learn SQL by asking questions about a library. Learners have never programmed; they do know what a catalogue is, and we build on that.

Schedule
--------

| time | lesson | question |
|------|--------|----------|
| 9:30 | [1. Asking one table](lessons/1-select.md) | Which books are older than I am? |
| 11:00 | [2. Sorting and filtering](lessons/2-where.md) | Which loans are late? |
| 13:30 | [3. Joining](lessons/3-join.md) | Who has the book I want? |
| 15:00 | [4. Counting](lessons/4-group.md) | Which shelf is worth its dust? |

Setup for learners
------------------

Python 3 and nothing else. SQLite comes with it, so there is no server to install and no password to forget.

    python shell.py library.db

Exercises
---------

Each lesson has a file in `exercises/` with questions as comments. Write the query below the question and run

    python check.py exercises/1.sql

The checker compares the rows of your query with ours, not the text, because there are always three ways to write it.

How we teach
------------

* **Predict first.** Before any query is run, everybody writes down on paper how many rows it will give. Wrong guesses are where the learning happens.
* One database for the whole day.
* No performance, no indexes, no normal forms. That is another day.

Similar courses
---------------

Software Carpentry has a good SQL lesson for scientists; SQLBolt is better if you want to learn alone.

Licence
-------

Lessons CC BY 4.0, code MIT.
"#,
    ),
    (
        "LICENSE.md",
        "Attribution 4.0 International\n\nCreative Commons Corporation (\"Creative Commons\") is not a law firm and does not provide legal services.\n",
    ),
    (
        "lessons/1-select.md",
        r#"# 1. Asking one table

A table is a card catalogue in which every card has the same fields. `SELECT` names the fields you want to see, `FROM` the drawer they are in.

```sql
SELECT title, year FROM books;
```

**Predict:** how many rows? (There are 412 books.)

## Your turn

Exercises 1a to 1c. Look at `members` before you ask it anything.
"#,
    ),
    (
        "lessons/2-where.md",
        r#"# 2. Sorting and filtering

`WHERE` keeps the rows for which something is true. A loan that was not returned has no date, and no date is not the same as an empty one: it is `NULL`.

```sql
SELECT book_id, due FROM loans WHERE returned IS NULL ORDER BY due;
```

**Predict:** does `returned = NULL` give more rows, fewer, or none?

## Your turn

Exercises 2a to 2d.
"#,
    ),
    (
        "lessons/3-join.md",
        r#"# 3. Joining

A loan knows the number of a book and the number of a member, nothing more. To see a title beside a name we lay three tables next to each other wherever the numbers agree.

```sql
SELECT members.name, books.title
FROM loans
JOIN books ON books.id = loans.book_id
JOIN members ON members.id = loans.member_id;
```

Draw it on the whiteboard first, with real cards. Every class that skipped this got stuck.

## Your turn

Exercises 3a to 3c.
"#,
    ),
    (
        "lessons/4-group.md",
        r#"# 4. Counting

`GROUP BY` makes piles. Everything you select is either what the piles have in common or something counted within each pile.

```sql
SELECT shelf, count(*) FROM books GROUP BY shelf;
```

## Your turn

Exercises 4a to 4b, then the big one: which shelf has not been touched for five years?
"#,
    ),
    (
        "exercises/1.sql",
        "-- 1a. Titles of all books.\n\n-- 1b. Titles and years of books that are older than 1950.\n\n-- 1c. Names of all members.\n",
    ),
    (
        "exercises/3.sql",
        "-- 3a. Who has which book at the moment?\n\n-- 3b. Which books were never lent?\n\n-- 3c. Who has the same book as Ada had?\n",
    ),
    (
        "schema.sql",
        r#"-- The library. 412 books, 60 members, 2,000 loans, all of them made up.

CREATE TABLE books (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  year INTEGER,
  shelf TEXT      -- where it stands; NULL for the cellar
);

CREATE TABLE members (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);

CREATE TABLE loans (
  book_id INTEGER REFERENCES books,
  member_id INTEGER REFERENCES members,
  due TEXT,
  returned TEXT   -- NULL while the book is out
);
"#,
    ),
    (
        "check.py",
        r#""""Checks the exercises of one lesson."""

import sqlite3
import sys


def main(path):
    """Run every query of the file and compare it with the solution."""
    database = sqlite3.connect("library.db")
    for name, query in questions(open(path).read()):
        print(name, "right" if check(database, name, query) else "not yet")


def questions(text):
    """Split a file at its questions."""
    for part in text.split("-- ")[1:]:
        question, _, query = part.partition("\n")
        yield question.split(".")[0], query.strip()


def check(database, name, query):
    """Compare the rows of two queries, whatever their order."""
    # the text is not compared: there are always three ways to write it
    solution = open(f"solutions/{name}.sql").read()
    return sorted(rows(database, query)) == sorted(rows(database, solution))


def rows(database, query):
    """All rows, or none when the query is wrong."""
    try:
        return database.execute(query).fetchall()
    except sqlite3.Error as error:
        # learners see what SQLite says, it is usually helpful
        print(error)
        return []


if __name__ == "__main__":
    main(sys.argv[1])
"#,
    ),
    (
        "instructors.md",
        "# Notes for instructors\n\nLesson 3 takes longer than you think. Let people draw.\n\nPair those who finished early with each other and not with those who are stuck.\n",
    ),
];
