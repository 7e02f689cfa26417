//! Opens the configured engine for one service: a file of its own, or a schema of its own.

use std::{path::Path, str::FromStr, time::Duration};

use secrecy::ExposeSecret;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{DatabaseConfig, Db, DbError, Postgres, Scope, Sqlite, postgres::Access, private};

/// `server_version_num` of the oldest supported release.
const OLDEST: i32 = 150_000;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that nobody used for so long is tested before it is used.
const TESTED_AFTER: Duration = Duration::from_secs(1);

impl Db {
    /// Opens `{data_dir}/{service}.sqlite`, or the schema `{service}` of the configured PostgreSQL, and makes it when
    /// it does not exist. Run [`Db::prepare`] next.
    ///
    /// # Errors
    /// A name that is none, a place that can't be opened, a server that is too old, a role that can't be used.
    pub async fn open(config: &DatabaseConfig, data_dir: &Path, service: &str) -> Result<Self, DbError> {
        if !is_name(service) {
            return Err(DbError::Name {
                service: service.to_owned(),
            });
        }
        if !config.role.is_empty() && !is_name(&config.role) {
            return Err(DbError::Name {
                service: config.role.clone(),
            });
        }

        match config.url.expose_secret() {
            "" => open_sqlite(data_dir, service, config.max_connections).await,
            url => open_postgres(url, service, config).await,
        }
    }
}

/// What needs no quotes, and can close none.
fn is_name(name: &str) -> bool {
    let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.len() <= 63 && name.bytes().all(named)
}

async fn open_sqlite(data_dir: &Path, service: &str, max_connections: u32) -> Result<Db, DbError> {
    let folder = |source| DbError::Folder {
        path: data_dir.display().to_string(),
        source,
    };
    private::make_folder(data_dir).await.map_err(folder)?;

    let file = data_dir.join(format!("{service}.sqlite"));
    private::make_file(&file).await.map_err(folder)?;
    let opened = Sqlite::open(&file, service, max_connections).await;
    let fail = |source| DbError::Open {
        service: service.to_owned(),
        place: file.display().to_string(),
        setting: "data_dir",
        source,
    };

    Ok(Db::Sqlite(opened.map_err(fail)?))
}

async fn open_postgres(url: &str, service: &str, config: &DatabaseConfig) -> Result<Db, DbError> {
    let options = parse_url(url, service, config)?;
    let fail = |source| DbError::Open {
        service: service.to_owned(),
        place: place(&options),
        setting: "database.url",
        source,
    };

    // A connection of its own, which nothing tries again: what the server says is what is told.
    let prepared = prepare_schema(&options, service, &config.role).await;
    prepared.map_err(|err| match err {
        DbError::Query(source) if is_read_only(&source) => DbError::ReadOnly {
            service: service.to_owned(),
            place: place(&options),
            setting: "database.url",
        },
        DbError::Query(source) if is_of_tls(&source) => DbError::Tls {
            place: place(&options),
            source,
        },
        DbError::Query(source) => match find_refusal(&source) {
            Some(reason) => DbError::Refused {
                place: place(&options),
                reason,
            },
            None => fail(source),
        },
        other => other,
    })?;

    let pool = PgPoolOptions::new()
        .max_connections(config.max_connections.max(1))
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
        .connect_with(options.clone())
        .await
        .map_err(fail)?;
    let postgres = Postgres::new(pool, service, config);
    check_role(&postgres, service).await?;

    Ok(Db::Postgres(postgres))
}

fn parse_url(url: &str, service: &str, config: &DatabaseConfig) -> Result<PgConnectOptions, DbError> {
    let wrong = || DbError::Url {
        url: without_password(url),
    };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(wrong());
    }

    let options = PgConnectOptions::from_str(url)
        .map_err(|_| wrong())?
        .application_name(&format!("saga-{service}"))
        // A pooler refuses settings that it doesn't know, and numbers come in binary.
        .extra_float_digits(None)
        .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1));

    Ok(if config.prepared_statements {
        options
    } else {
        options.statement_cache_capacity(0)
    })
}

/// In one transaction, as whoever connects: a pooler may hand the connection on after it.
async fn prepare_schema(options: &PgConnectOptions, service: &str, role: &str) -> Result<(), DbError> {
    let mut connection = PgConnection::connect_with(options).await?;
    let mut tx = connection.begin().await?;
    let (number, found): (String, String) =
        sqlx::query_as("SELECT current_setting('server_version_num'), current_setting('server_version')")
            .persistent(false)
            .fetch_one(&mut *tx)
            .await?;
    new_enough(&number, found)?;

    // `IF NOT EXISTS` alone can still collide when two processes start at once, so it runs under a lock. The names were
    // checked by the caller: letters, digits and underscores.
    sqlx::raw_sql("SELECT pg_advisory_xact_lock(hashtextextended('saga migrate', 0))")
        .execute(&mut *tx)
        .await?;
    if !exists(
        &mut tx,
        "SELECT COUNT(*) FROM pg_namespace WHERE nspname = $1",
        service,
    )
    .await?
    {
        let create = format!(r#"CREATE SCHEMA "{service}""#);
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut *tx).await?;
    }

    if !role.is_empty() && !exists(&mut tx, "SELECT COUNT(*) FROM pg_roles WHERE rolname = $1", role).await? {
        let create = format!(r#"CREATE ROLE "{role}" NOLOGIN; GRANT "{role}" TO CURRENT_USER"#);
        let created = sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut *tx).await;
        created.map_err(|source| DbError::Role {
            service: service.to_owned(),
            role: role.to_owned(),
            why: "it doesn't exist, and the user of `database.url` may not make it",
            source: Some(source),
        })?;
    }
    tx.commit().await?;
    connection.close().await?;

    Ok(())
}

async fn exists(connection: &mut PgConnection, sql: &'static str, name: &str) -> Result<bool, sqlx::Error> {
    let found: i64 = sqlx::query_scalar(sql)
        .bind(name)
        .persistent(false)
        .fetch_one(connection)
        .await?;
    Ok(found > 0)
}

/// Row-level security is nothing to a superuser, nor to a role with BYPASSRLS.
async fn check_role(postgres: &Postgres, service: &str) -> Result<(), DbError> {
    let unfit = |why, source| DbError::Role {
        service: service.to_owned(),
        role: postgres.role.to_string(),
        why,
        source,
    };
    let begun = postgres.begin(Scope::System, Access::Read).await;
    let mut tx = begun.map_err(|source| unfit("statements can't run as it", Some(source)))?;
    let bypasses: bool =
        sqlx::query_scalar("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            .fetch_one(&mut *tx)
            .await?;

    if bypasses {
        return Err(unfit("it is a superuser or has BYPASSRLS", None));
    }
    Ok(())
}

/// 25006 is `read_only_sql_transaction`: a standby, or a server that was told to take no writes.
fn is_read_only(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == "25006")
}

/// What the server says to a user, a password or a database that it does not take: class 28 is authorization, 3D000 a database
/// that there is none of, 42501 a right that is missing.
fn find_refusal(error: &sqlx::Error) -> Option<String> {
    let error = error.as_database_error()?;
    let code = error.code()?;
    let refused = code.starts_with("28") || ["3D000", "42501"].contains(&&*code);

    refused.then(|| error.message().to_owned())
}

/// A certificate that is refused comes as bytes that are not what they should be.
fn is_of_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

fn new_enough(number: &str, found: String) -> Result<(), DbError> {
    if number.parse().unwrap_or(0) < OLDEST {
        Err(DbError::TooOld { found })
    } else {
        Ok(())
    }
}

pub(super) fn place(options: &PgConnectOptions) -> String {
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
