//! What holds on every engine: the command that migrates databases, the same answers of both, and the move from one to another.

mod answers;
mod migrate;
mod moving;

use kit::db::testing::postgres_url;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

/// A database of its own on the server that tests were given; dropped by [`Database::remove`].
struct Database {
    server: String,
    name: String,
}

impl Database {
    /// None when there is no PostgreSQL.
    async fn create() -> Option<Self> {
        let server = postgres_url()?;
        let name = format!("saga_{}", kit::ids::random_id().simple());
        run(&server, format!(r#"CREATE DATABASE "{name}""#)).await;

        Some(Self { server, name })
    }

    fn url(&self) -> String {
        let mut url = Url::parse(&self.server).expect("a URL");
        url.set_path(&self.name);
        url.into()
    }

    async fn execute(&self, sql: &str) {
        run(&self.url(), sql.to_owned()).await;
    }

    async fn remove(self) {
        run(
            &self.server,
            format!(r#"DROP DATABASE "{}" WITH (FORCE)"#, self.name),
        )
        .await;
    }
}

async fn run(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
    done.expect("it is done");
}
