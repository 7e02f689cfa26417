//! Behind PgBouncer in transaction mode, which hands a connection to somebody else after each transaction.

use std::{path::Path, process::Stdio};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::sleep,
};

use super::*;

/// Two connections to the server for however many clients.
const SETTINGS: &str = "pool_mode = transaction\nauth_type = any\ndefault_pool_size = 2\nmax_client_conn = 100\n\
                        unix_socket_dir =\nlisten_addr = 127.0.0.1\n";

/// None where it is not installed.
async fn start(folder: &Path, server: &str) -> Option<(Child, String)> {
    let binary = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        .into_iter()
        .find(|path| Path::new(path).exists())?;
    let options: PgConnectOptions = server.parse().expect("a URL");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);

    let (name, user) = (
        options.get_database().expect("a database"),
        options.get_username(),
    );
    let file = folder.join("pgbouncer.ini");
    let text = format!(
        "[databases]\n{name} = host={} port={} user={user}\n[pgbouncer]\nlisten_port = {port}\n{SETTINGS}",
        options.get_host(),
        options.get_port()
    );
    std::fs::write(&file, text).expect("written");

    let mut command = Command::new(binary);
    if rustix::process::geteuid().is_root() {
        // It refuses to run as root.
        command.args(["-u", "nobody"]);
    }
    command
        .arg("-q")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let child = command
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }

    Some((child, format!("postgres://{user}@127.0.0.1:{port}/{name}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_pooler_nobody_has_the_scope_or_the_schema_of_who_had_the_connection_before() {
    let Some(server) = testing::postgres_url() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("rights");
    }
    let Some((_pooler, url)) = start(folder.path(), &server).await else {
        return;
    };

    let schemas = [0, 1].map(|_| format!("pooled_{}", random_id().simple()));
    let mut open = Vec::new();
    for schema in &schemas {
        let mut config = testing::config(&url);
        config.prepared_statements = false;
        let db = Db::open(&config, folder.path(), schema).await.expect("opens");
        db.migrate(&migrations()).await.expect("migrates");
        open.push(db);
    }
    insert_one(&open[0], "a").await;

    let clients = (0..400).map(|number| {
        let db = open[number % 2].clone();
        tokio::spawn(async move {
            let user = random_id();
            let sql = "SELECT current_setting('saga.user_id'), current_user::text, COUNT(*) FROM notes WHERE owner = $1";
            let seen: (String, String, i64) =
                on!(db.user(user), c => sqlx::query_as(sql).bind("ada").fetch_one(c).await).expect("read");
            assert_eq!(seen, (user.to_string(), "saga_app".to_owned(), i64::from(number % 2 == 0)));
        })
    });
    for client in futures::future::join_all(clients).await {
        client.expect("its own scope and schema");
    }

    for (db, schema) in open.into_iter().zip(&schemas) {
        db.close().await;
        testing::drop_schema(&server, schema).await;
    }
}
