//! A database of a test's own on the PostgreSQL that tests were given, and the files of one on SQLite.

use kit::db::testing::postgres_url;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    sqlite::{SqliteConnectOptions, SqlitePool},
};
use url::Url;

use super::saga::DataFolder;

/// Dropped by [`Database::remove`].
pub(crate) struct Database {
    pub(crate) server: String,
    pub(crate) name: String,
}

impl Database {
    /// None when there is no PostgreSQL.
    pub(crate) async fn create() -> Option<Self> {
        Some(Self::create_on(&postgres_url()?).await)
    }

    /// `server` is the URL of any of its databases.
    pub(crate) async fn create_on(server: &str) -> Self {
        let name = format!("saga_{}", kit::ids::random_id().simple());
        run_sql(server, format!(r#"CREATE DATABASE "{name}""#)).await;

        Self {
            server: server.to_owned(),
            name,
        }
    }

    pub(crate) fn url(&self) -> String {
        let mut url = Url::parse(&self.server).expect("a URL");
        url.set_path(&self.name);
        url.into()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        run_sql(&self.url(), sql.to_owned()).await;
    }

    pub(crate) async fn remove(self) {
        run_sql(
            &self.server,
            format!(r#"DROP DATABASE "{}" WITH (FORCE)"#, self.name),
        )
        .await;
    }
}

pub(crate) async fn run_sql(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
    done.expect("it is done");
}

/// The database of a service on SQLite, beside the process that works on it.
pub(crate) async fn open_sqlite(data: &DataFolder, service: &str) -> SqlitePool {
    let file = data.path().join("saga").join(format!("{service}.sqlite"));
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await;
    pool.expect("the service's database")
}
