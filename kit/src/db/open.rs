//! Opens the configured engine for one service: a file of its own, or a schema of its own.

use std::{path::Path, str::FromStr, time::Duration};

use secrecy::ExposeSecret;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{DatabaseConfig, Db, DbError, Sqlite, private};

/// `server_version_num` of the oldest supported release.
const OLDEST: i32 = 150_000;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that nobody used for so long is tested before it is used.
const TESTED_AFTER: Duration = Duration::from_secs(1);

impl Db {
    /// Opens `{data_dir}/{service}.sqlite`, or the schema `{service}` of the configured PostgreSQL, and makes it when
    /// it does not exist. Run [`Db::migrate`] next.
    pub async fn open(config: &DatabaseConfig, data_dir: &Path, service: &str) -> Result<Self, DbError> {
        let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if service.is_empty() || service.len() > 63 || !service.bytes().all(named) {
            return Err(DbError::Name {
                service: service.to_owned(),
            });
        }

        match config.url.expose_secret() {
            "" => open_sqlite(data_dir, service, config.max_connections).await,
            url => open_postgres(url, service, config.max_connections).await,
        }
    }
}

async fn open_sqlite(data_dir: &Path, service: &str, max_connections: u32) -> Result<Db, DbError> {
    let folder = |source| DbError::Folder {
        path: data_dir.display().to_string(),
        source,
    };
    private::make_folder(data_dir).await.map_err(folder)?;

    let file = data_dir.join(format!("{service}.sqlite"));
    private::make_file(&file).await.map_err(folder)?;
    let opened = Sqlite::open(&file, max_connections).await;
    let fail = |source| DbError::Open {
        service: service.to_owned(),
        place: file.display().to_string(),
        source,
    };

    Ok(Db::Sqlite(opened.map_err(fail)?))
}

async fn open_postgres(url: &str, service: &str, max_connections: u32) -> Result<Db, DbError> {
    let wrong = || DbError::Url {
        url: without_password(url),
    };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(wrong());
    }

    let options = PgConnectOptions::from_str(url)
        .map_err(|_| wrong())?
        .application_name(&format!("saga-{service}"))
        .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1));

    let fail = |source| DbError::Open {
        service: service.to_owned(),
        place: place(&options),
        source,
    };

    prepare_schema(&options, service).await.map_err(|err| match err {
        DbError::Query(source) => fail(source),
        other => other,
    })?;

    let pool = PgPoolOptions::new()
        .max_connections(max_connections.max(1))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Each connection is tested when it comes back; to test it again right after costs every query a round trip.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= TESTED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options.clone().options([("search_path", service)]))
        .await
        .map_err(fail)?;

    Ok(Db::Postgres(pool))
}

async fn prepare_schema(options: &PgConnectOptions, service: &str) -> Result<(), DbError> {
    let mut connection = PgConnection::connect_with(options).await?;
    let (number, found): (String, String) =
        sqlx::query_as("SELECT current_setting('server_version_num'), current_setting('server_version')")
            .fetch_one(&mut connection)
            .await?;
    new_enough(&number, found)?;

    // `IF NOT EXISTS` alone can still collide when two processes start at once, so it runs under a lock. The name was
    // checked by the caller: letters, digits and underscores.
    let mut tx = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(service)
        .execute(&mut *tx)
        .await?;

    let create = format!(r#"CREATE SCHEMA IF NOT EXISTS "{service}""#);
    sqlx::query(AssertSqlSafe(create)).execute(&mut *tx).await?;
    tx.commit().await?;
    connection.close().await?;

    Ok(())
}

fn new_enough(number: &str, found: String) -> Result<(), DbError> {
    if number.parse().unwrap_or(0) < OLDEST {
        Err(DbError::TooOld { found })
    } else {
        Ok(())
    }
}

fn place(options: &PgConnectOptions) -> String {
    format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_default()
    )
}

/// What may be shown of a URL that could not be used: nothing up to the last `@`.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        (None, Some((_, rest))) => format!("…@{rest}"),
        (_, None) => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_before_fifteen_is_refused() {
        for number in ["150000", "150014", "160003", "180001"] {
            assert!(new_enough(number, String::new()).is_ok(), "{number}");
        }

        let err = new_enough("140011", "14.11 (Debian)".to_owned()).expect_err("too old");
        assert_eq!(
            err.to_string(),
            "PostgreSQL 14.11 (Debian) is too old; 15 or newer is needed"
        );
        assert!(new_enough("not a number", String::new()).is_err());
    }

    #[test]
    fn a_url_is_shown_without_its_credentials() {
        assert_eq!(without_password("mysql://root:p@ss@db/saga"), "mysql://…@db/saga");
        assert_eq!(without_password("root:pass@db"), "…@db");
        assert_eq!(without_password("saga.sqlite"), "saga.sqlite");
    }
}
