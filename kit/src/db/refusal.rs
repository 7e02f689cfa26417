//! A PostgreSQL that is gone is noticed within moments: its address refuses connections. The pool goes on trying for as long
//! as a start takes, which is longer than a person waits.

use std::{io, time::Duration};

use sqlx::PgPool;
use tokio::{
    net::{TcpStream, UnixStream},
    time::{sleep, timeout},
};

use super::Db;

/// Before each look. Most queries are over by then, so most never look.
const PAUSE: Duration = Duration::from_millis(700);
/// Who does not answer so long is busy, and refuses nothing.
const KNOCK: Duration = Duration::from_millis(500);

impl Db {
    /// Returns when the server refuses connections; never while it takes them, and never for a file.
    pub async fn until_refused(&self) {
        let Self::Postgres(postgres) = self else {
            return std::future::pending().await;
        };

        loop {
            sleep(PAUSE).await;
            if is_refused(postgres.pool()).await {
                return;
            }
        }
    }
}

async fn is_refused(pool: &PgPool) -> bool {
    let options = pool.connect_options();
    let knocked = async {
        match options.get_socket() {
            Some(folder) => {
                let file = format!(".s.PGSQL.{}", options.get_port());
                UnixStream::connect(folder.join(file)).await.map(drop)
            }
            None => TcpStream::connect((options.get_host(), options.get_port()))
                .await
                .map(drop),
        }
    };

    let gone = [io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound];
    match timeout(KNOCK, knocked).await {
        Ok(Err(error)) => gone.contains(&error.kind()),
        Ok(Ok(())) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use tokio::net::TcpListener;

    use super::*;
    use crate::db::{Postgres, testing};

    fn behind(port: u16) -> Db {
        let options = PgConnectOptions::new().host("127.0.0.1").port(port);
        let pool = PgPoolOptions::new().connect_lazy_with(options);
        Db::Postgres(Postgres::new(pool, "test", &testing::config("")))
    }

    #[tokio::test]
    async fn a_server_that_is_gone_is_told_from_one_that_is_busy() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let db = behind(listener.local_addr().unwrap().port());
        let Db::Postgres(postgres) = &db else {
            panic!("it is")
        };
        // It takes the connection, and says nothing.
        assert!(!is_refused(postgres.pool()).await);

        drop(listener);
        assert!(is_refused(postgres.pool()).await);
        db.until_refused().await;
    }
}
