//! Which tables and columns a row of migrations leads to, read from their SQL. Knows the few statements that our
//! migrations are made of and stops at any other that changes a table, so that nothing is compared half.

use std::collections::BTreeMap;

/// What a column may hold, in SQLite's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    kind: String,
    required: bool,
}

/// Columns by table and name; in which order they stand is no difference.
pub(super) type Tables = BTreeMap<String, BTreeMap<String, Column>>;

pub(super) fn read_tables<'a>(migrations: impl Iterator<Item = &'a str>) -> Tables {
    let mut tables = Tables::new();

    for sql in migrations {
        for statement in without_comments(sql).split(';') {
            let words: Vec<_> = statement.split_whitespace().collect();
            let statement = words
                .join(" ")
                .replace("IF NOT EXISTS ", "")
                .replace("IF EXISTS ", "");
            apply(&mut tables, &statement);
        }
    }

    tables
}

fn without_comments(sql: &str) -> String {
    let code = |line: &str| line.split("--").next().unwrap_or_default().to_owned();
    sql.lines().map(code).collect::<Vec<_>>().join("\n")
}

fn apply(tables: &mut Tables, statement: &str) {
    if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
        let (name, body) = rest.split_once('(').expect("columns");
        let (body, _) = body.rsplit_once(')').expect("a closing bracket");
        let columns = split_at_commas(body).into_iter().filter_map(read_column);
        tables.insert(name.trim().to_owned(), columns.collect());
    } else if let Some(name) = statement.strip_prefix("DROP TABLE ") {
        tables.remove(name.trim()).expect("a table to drop");
    } else if let Some(rest) = statement.strip_prefix("ALTER TABLE ") {
        let (name, changes) = rest.split_once(' ').expect("a change");
        for change in split_at_commas(changes) {
            alter(tables, name, change);
        }
    }
}

fn alter(tables: &mut Tables, name: &str, change: &str) {
    let change = change.replace("COLUMN ", "");
    let words: Vec<_> = change.split_whitespace().collect();

    if let ["RENAME", "TO", new] = words[..] {
        let table = tables.remove(name).expect("a table to rename");
        tables.insert(new.to_owned(), table);
        return;
    }

    let table = tables.get_mut(name).expect("a table to change");
    match words[..] {
        ["ADD" | "DROP", "CONSTRAINT", ..] | ["ENABLE" | "FORCE", "ROW", "LEVEL", "SECURITY"] => {}
        ["ADD", ..] => table.extend(read_column(&change["ADD ".len()..])),
        ["DROP", column, ..] => {
            table.remove(column).expect("a column to drop");
        }
        ["RENAME", old, "TO", new] => {
            let column = table.remove(old).expect("a column to rename");
            table.insert(new.to_owned(), column);
        }
        ["ALTER", column, act @ ("SET" | "DROP"), "NOT", "NULL"] => {
            table.get_mut(column).expect("a column to change").required = act == "SET";
        }
        ["ALTER", _, "SET", "STORAGE" | "DEFAULT", ..] | ["ALTER", _, "DROP", "DEFAULT"] => {}
        _ => panic!("a change of {name} that is not known here: {change}"),
    }
}

/// `None` for what concerns the table.
fn read_column(definition: &str) -> Option<(String, Column)> {
    let mut words = definition.split_whitespace();
    let name = words.next()?;
    if matches!(name, "PRIMARY" | "UNIQUE" | "FOREIGN" | "CHECK" | "CONSTRAINT") {
        return None;
    }

    let ends = [
        "NOT",
        "NULL",
        "PRIMARY",
        "DEFAULT",
        "CHECK",
        "REFERENCES",
        "UNIQUE",
        // SQLite compares bytes as it is.
        "COLLATE",
    ];
    let kind: Vec<_> = words.take_while(|word| !ends.contains(word)).collect();
    let column = Column {
        kind: in_sqlite(&kind.join(" ")).to_owned(),
        required: definition.contains("NOT NULL") || definition.contains("PRIMARY KEY"),
    };

    Some((name.to_owned(), column))
}

/// How SQLite keeps what PostgreSQL has a type for.
fn in_sqlite(kind: &str) -> &str {
    match kind {
        "UUID" | "BYTEA" => "BLOB",
        "TIMESTAMPTZ" | "JSONB" => "TEXT",
        "BIGINT" => "INTEGER",
        "DOUBLE PRECISION" => "REAL",
        kind if kind.starts_with("NUMERIC") => "REAL",
        kind => kind,
    }
}

/// Commas within brackets divide nothing.
fn split_at_commas(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTGRES: &str = "
        -- Notes; of people.
        CREATE TABLE notes (
            id UUID NOT NULL PRIMARY KEY, -- theirs, and ours
            share NUMERIC(5, 2) NOT NULL CHECK (share BETWEEN 0 AND 1),
            made_at TIMESTAMPTZ,
            UNIQUE (id, share)
        );
        ALTER TABLE notes ADD COLUMN body JSONB NOT NULL DEFAULT '[]', DROP COLUMN made_at;
        ALTER TABLE notes ALTER COLUMN body DROP NOT NULL;
        CREATE INDEX notes_by_share ON notes (share);";

    #[test]
    fn a_table_made_anew_equals_one_that_was_changed() {
        let sqlite = "
            CREATE TABLE notes (id BLOB NOT NULL PRIMARY KEY);
            CREATE TABLE notes_new (id BLOB NOT NULL PRIMARY KEY, part REAL NOT NULL, body TEXT);
            DROP TABLE notes;
            ALTER TABLE notes_new RENAME TO notes;
            ALTER TABLE notes RENAME COLUMN part TO share;";

        assert_eq!(
            read_tables([sqlite].into_iter()),
            read_tables([POSTGRES].into_iter())
        );
    }

    #[test]
    fn a_column_that_is_missing_or_another_is_a_difference() {
        let columns = "id BLOB NOT NULL PRIMARY KEY, share REAL NOT NULL, body TEXT";
        let others = [
            columns.replace(", body TEXT", ""),
            columns.replace("body TEXT", "body TEXT NOT NULL"),
            columns.replace("share REAL", "share TEXT"),
            columns.replace("share", "part"),
        ];

        for other in others {
            let sqlite = format!("CREATE TABLE notes ({other})");
            assert_ne!(
                read_tables([sqlite.as_str()].into_iter()),
                read_tables([POSTGRES].into_iter()),
                "{other}"
            );
        }
    }
}
