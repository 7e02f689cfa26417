//! A git server on loopback for tests: publishes fixtures, and misbehaves on request.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{Fixture, http, protocol};

/// What a server can do wrong.
#[derive(Debug, Clone)]
pub enum Misbehaviour {
    /// Sends the first request on to this repository URL (`http://host/owner/name`).
    RedirectTo(String),
    /// Redirects to itself for ever.
    RedirectLoop,
    /// Accepts, reads, and never answers.
    Silent,
    /// Answers the first request, never the others.
    SilentAfterAdvertisement,
    /// Sends this many bytes of the pack's answer, then cuts the connection.
    CutAfter(usize),
    /// The right headers, then bytes that are not git's protocol.
    Garbage,
    /// A well-formed start of a pack, then data without an end.
    EndlessPack,
    /// Asks for a password (401).
    RequireAuth,
    /// A web page where the repository should be.
    NotGit,
    /// This status, for example `503 Service Unavailable`.
    Status(&'static str),
}

#[derive(Debug, Clone, Default)]
struct Served {
    fixture: Fixture,
    misbehaviour: Option<Misbehaviour>,
}

#[derive(Debug, Default)]
struct Shared {
    repositories: HashMap<String, Served>,
    requests: Vec<String>,
}

/// A smart-HTTP git server on `127.0.0.1`, a free port. Stops when dropped.
#[derive(Debug)]
pub struct GitServer {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

impl GitServer {
    /// # Panics
    /// When no port can be bound, or outside a tokio runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::<Mutex<Shared>>::default();
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, Arc::clone(&served)));
            }
        });

        Self {
            address,
            shared,
            task,
        }
    }

    /// The address of a repository: `http://127.0.0.1:{port}/{owner/repo}`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves (or replaces) a repository under `owner/repo`.
    pub fn publish(&self, path: &str, fixture: &Fixture) {
        let served = Served {
            fixture: fixture.clone(),
            misbehaviour: None,
        };
        lock(&self.shared).repositories.insert(path.into(), served);
    }

    /// Makes the repository under `owner/repo` misbehave, published or not.
    pub fn misbehave(&self, path: &str, how: Misbehaviour) {
        lock(&self.shared)
            .repositories
            .entry(path.into())
            .or_default()
            .misbehaviour = Some(how);
    }

    /// What was asked so far: `GET owner/repo`, `ls-refs owner/repo`, `fetch owner/repo`.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.shared).requests.clone()
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, shared: Arc<Mutex<Shared>>) {
    // A client that goes away is the client's business.
    let _ = answer(&mut stream, &shared).await;
}

async fn answer(stream: &mut TcpStream, shared: &Mutex<Shared>) -> io::Result<()> {
    let request = http::read(stream).await?;
    let path = request.target.split('?').next().unwrap_or_default();
    let (path, advertise) = match path.strip_suffix("/info/refs") {
        Some(path) => (path, true),
        None => (path.strip_suffix("/git-upload-pack").unwrap_or(path), false),
    };
    let path = path.trim_matches('/').trim_end_matches(".git").to_owned();
    let command = protocol::Command::parse(&request.body);
    let served = {
        let mut shared = lock(shared);
        let what = if advertise {
            request.method.clone()
        } else {
            command.name.clone()
        };
        shared.requests.push(format!("{what} {path}"));
        shared.repositories.get(&path).cloned()
    };
    let Some(served) = served else {
        return http::write(stream, "404 Not Found", &[], b"no such repository").await;
    };

    if let Some(how) = served.misbehaviour
        && misbehave(
            stream,
            &how,
            advertise,
            &command,
            &served.fixture,
            &request.target,
        )
        .await?
    {
        return Ok(());
    }

    if advertise {
        let kind = ("Content-Type", "application/x-git-upload-pack-advertisement");
        return http::write(stream, "200 OK", &[kind], &protocol::advertisement()).await;
    }

    let body = match command.name.as_str() {
        "ls-refs" => protocol::refs(&served.fixture, &command),
        "fetch" => protocol::fetch(&served.fixture, &command),
        _ => return http::write(stream, "400 Bad Request", &[], b"unknown command").await,
    };

    http::write(stream, "200 OK", &[RESULT], &body).await
}

const RESULT: (&str, &str) = ("Content-Type", "application/x-git-upload-pack-result");

/// Whether the answer was given (or withheld) here.
async fn misbehave(
    stream: &mut TcpStream,
    how: &Misbehaviour,
    advertise: bool,
    command: &protocol::Command,
    fixture: &Fixture,
    target: &str,
) -> io::Result<bool> {
    let fetching = command.name == "fetch";
    match how {
        Misbehaviour::RedirectTo(url) if advertise => {
            let location = format!("{url}/info/refs?service=git-upload-pack");
            http::write(stream, "302 Found", &[("Location", &location)], b"").await?;
        }
        Misbehaviour::RedirectLoop => {
            http::write(stream, "302 Found", &[("Location", target)], b"").await?;
        }
        Misbehaviour::Silent => std::future::pending::<()>().await,
        Misbehaviour::SilentAfterAdvertisement if !advertise => std::future::pending::<()>().await,
        Misbehaviour::CutAfter(bytes) if fetching => {
            let body = protocol::fetch(fixture, command);
            stream
                .write_all(http::head("200 OK", &[RESULT], Some(body.len())).as_bytes())
                .await?;
            stream.write_all(&body[..body.len().min(*bytes)]).await?;
        }
        Misbehaviour::Garbage => {
            let kind = if advertise { "advertisement" } else { "result" };
            let kind = format!("application/x-git-upload-pack-{kind}");
            http::write(stream, "200 OK", &[("Content-Type", &kind)], &[0xC3; 4_096]).await?;
        }
        Misbehaviour::EndlessPack if fetching => endless(stream).await?,
        Misbehaviour::RequireAuth => {
            let ask = ("WWW-Authenticate", "Basic realm=\"git\"");
            http::write(stream, "401 Unauthorized", &[ask], b"who are you?").await?;
        }
        Misbehaviour::NotGit => {
            let page = b"<!doctype html><title>Welcome</title>";
            http::write(stream, "200 OK", &[("Content-Type", "text/html")], page).await?;
        }
        Misbehaviour::Status(status) => http::write(stream, status, &[], b"").await?,
        _ => return Ok(false),
    }

    Ok(true)
}

/// A pack of one blob of 2 GiB, stored, never finished.
async fn endless(stream: &mut TcpStream) -> io::Result<()> {
    let mut start = b"000dpackfile\n".to_vec();
    // Version 2, one object; a blob of 2^31 bytes; zlib's header.
    let pack = [
        b"PACK".as_slice(),
        &[0, 0, 0, 2, 0, 0, 0, 1, 0xB0, 0x80, 0x80, 0x80, 0x40, 0x78, 0x01],
    ]
    .concat();

    start.extend_from_slice(format!("{:04x}\x01", pack.len() + 5).as_bytes());
    start.extend_from_slice(&pack);
    stream
        .write_all(http::head("200 OK", &[RESULT], None).as_bytes())
        .await?;
    stream.write_all(&start).await?;

    // A stored deflate block of 16,384 zeroes, not the last, in one side-band packet.
    let mut block = vec![0u8, 0x00, 0x40, 0xff, 0xbf];
    block.resize(5 + 16_384, 0);

    let mut packet = format!("{:04x}\x01", block.len() + 5).into_bytes();
    packet.extend_from_slice(&block);

    loop {
        stream.write_all(&packet).await?;
    }
}
