//! The way to a Neo4j server: how it is named, how long it is waited for, and what its failures mean.

use std::time::Duration;

use neo4rs::{ConfigBuilder, Error, Graph, Query, query};
use serde::de::DeserializeOwned;

use crate::knowledge::KnowledgeError;

/// Longest wait for a connection and its greeting.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Longest wait for one call, whatever the driver does in it.
const CALL_PATIENCE: Duration = Duration::from_secs(10);
const CHECK_PATIENCE: Duration = Duration::from_secs(1);
const CONNECTIONS_MAX: usize = 16;
/// Rows that the server sends at once.
const ROWS_AT_ONCE: usize = 2_000;
/// Attempts at the schema: several processes that start together may be in one another's way.
const PREPARATIONS: u32 = 5;

const SCHEMES: [&str; 6] = ["bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"];

/// What every statement goes by. A constraint brings its index. An index of several properties serves only a statement that asks
/// for all of them, if for nothing more than that there is one (`> ''`).
const SCHEMA: [&str; 9] = [
    "CREATE CONSTRAINT saga_entity IF NOT EXISTS FOR (n:SagaEntity) REQUIRE (n.story_id, n.key) IS UNIQUE",
    "CREATE CONSTRAINT saga_scene IF NOT EXISTS FOR (n:SagaScene) REQUIRE (n.story_id, n.key) IS UNIQUE",
    "CREATE CONSTRAINT saga_entry IF NOT EXISTS FOR (n:SagaEntry) REQUIRE (n.story_id, n.scene, n.ordinal) IS UNIQUE",
    "CREATE INDEX saga_entry_story IF NOT EXISTS FOR (n:SagaEntry) ON (n.story_id)",
    "CREATE INDEX saga_entry_subject IF NOT EXISTS FOR (n:SagaEntry) ON (n.story_id, n.kind, n.subject, n.position)",
    "CREATE INDEX saga_entry_object IF NOT EXISTS FOR (n:SagaEntry) ON (n.story_id, n.kind, n.object, n.position)",
    "CREATE INDEX saga_entry_fact IF NOT EXISTS FOR (n:SagaEntry) ON (n.story_id, n.kind, n.about)",
    "CREATE INDEX saga_entry_scene IF NOT EXISTS FOR (n:SagaEntry) ON (n.story_id, n.scene)",
    "CALL db.awaitIndexes(30)",
];

pub(super) struct Link {
    graph: Graph,
    /// Host and port, for people.
    place: String,
}

impl Link {
    /// Nothing is sent before the first call.
    pub(super) async fn open(uri: &str, user: &str, password: &str) -> Result<Self, KnowledgeError> {
        // Two kinds of cryptography are in the tree; the driver takes the one of the process.
        kit::tls::install_provider();
        let place = parse_place(uri)?;
        let config = ConfigBuilder::default()
            .uri(uri)
            .user(user)
            .password(password)
            .fetch_size(ROWS_AT_ONCE)
            .max_connections(CONNECTIONS_MAX)
            .connection_timeout(CONNECT_PATIENCE)
            .build()
            .and_then(Graph::connect);

        let graph = config.map_err(|error| KnowledgeError::Uri {
            reason: error.to_string(),
        })?;

        Ok(Self { graph, place })
    }

    /// Makes what is missing of the schema.
    pub(super) async fn prepare(&self) -> Result<(), KnowledgeError> {
        let mut attempt = 1;
        for statement in SCHEMA {
            // Not by `Graph::run`: it would try for a minute to reach a server that is not there.
            while let Err(error) = self.write(vec![query(statement)]).await {
                let contended = matches!(error, KnowledgeError::Neo4j { .. });
                if !contended || attempt == PREPARATIONS {
                    return Err(error);
                }
                attempt += 1;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }

        Ok(())
    }

    pub(super) async fn check(&self) -> Result<(), KnowledgeError> {
        let asked = async {
            let mut tx = self.graph.start_txn().await?;
            tx.run(query("RETURN 1")).await?;
            tx.rollback().await
        };

        self.within(CHECK_PATIENCE, asked).await.map(drop)
    }

    /// Rows of one statement, which can't write.
    pub(super) async fn read<T: DeserializeOwned>(&self, statement: Query) -> Result<Vec<T>, KnowledgeError> {
        let asked = async {
            let mut found = Vec::new();
            let mut rows = self.graph.execute_read(statement).await?;
            while let Some(row) = rows.next().await? {
                found.push(row);
            }
            Ok(found)
        };
        let rows = self.within(CALL_PATIENCE, asked).await?;

        let read = |row: neo4rs::Row| row.to::<T>();
        let read: Result<Vec<T>, _> = rows.into_iter().map(read).collect();
        read.map_err(|error| KnowledgeError::unreadable("row of Neo4j", error))
    }

    /// Runs the statements in one transaction.
    pub(super) async fn write(&self, statements: Vec<Query>) -> Result<(), KnowledgeError> {
        let written = async {
            let mut tx = self.graph.start_txn().await?;
            for statement in statements {
                tx.run(statement).await?;
            }
            tx.commit().await
        };

        self.within(CALL_PATIENCE, written).await.map(drop)
    }

    async fn within<T>(
        &self,
        patience: Duration,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, KnowledgeError> {
        match tokio::time::timeout(patience, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.explain(error)),
            Err(_) => Err(self.unreachable("it did not answer in time")),
        }
    }

    fn explain(&self, error: Error) -> KnowledgeError {
        match error {
            Error::AuthenticationError(reason) => KnowledgeError::Refused {
                place: self.place.clone(),
                reason,
            },
            Error::Neo4j(_)
            | Error::DeserializationError(_)
            | Error::ConversionError
            | Error::UnexpectedMessage(_) => KnowledgeError::Neo4j {
                place: self.place.clone(),
                source: Box::new(error),
            },
            away => self.unreachable(away.to_string()),
        }
    }

    fn unreachable(&self, reason: impl Into<String>) -> KnowledgeError {
        KnowledgeError::Unreachable {
            place: self.place.clone(),
            reason: reason.into(),
        }
    }
}

/// Host and port of an address that the driver would take.
fn parse_place(uri: &str) -> Result<String, KnowledgeError> {
    let wrong = |reason: &str| KnowledgeError::Uri {
        reason: reason.to_owned(),
    };
    let (scheme, rest) = uri.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
    if !SCHEMES.contains(&scheme) {
        return Err(wrong(&format!(
            "the scheme has to be one of {}",
            SCHEMES.join(", ")
        )));
    }

    let place = rest.trim_end_matches('/');
    if place.contains('@') {
        return Err(wrong(
            "the user belongs into `knowledge.user`, the password into `knowledge.password`",
        ));
    }
    if place.is_empty() || place.contains(['/', '?', '#']) {
        return Err(wrong("a host and a port are all that it names"));
    }

    Ok(place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_scheme_and_a_host_and_nothing_else() {
        for (uri, place) in [
            ("bolt://127.0.0.1:7687", "127.0.0.1:7687"),
            ("neo4j+s://x.databases.neo4j.io/", "x.databases.neo4j.io"),
        ] {
            assert_eq!(parse_place(uri).unwrap(), place);
        }

        for uri in [
            "127.0.0.1:7687",
            "http://127.0.0.1:7474",
            "bolt://neo4j:secret@host:7687",
            "bolt://",
            "bolt://host:7687/neo4j",
        ] {
            let error = parse_place(uri).unwrap_err().to_string();
            assert!(error.contains("knowledge.uri"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
