//! A mail server for tests: takes every mail (RFC 5321, as far as a client needs it) and shows what was in it. Can be told to
//! refuse, as real ones do.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

use crate::shutdown::spawn_owned;

/// Longer than a mail takes; only a broken test waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail that came in.
#[derive(Clone, Debug)]
pub struct CaughtMail {
    pub to: String,
    /// As it came: headers and body.
    pub raw: String,
}

impl CaughtMail {
    /// The value of a header, if it is on one line.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default();
        let mut lines = head.split("\r\n");
        let start = format!("{name}: ");
        lines.find_map(|line| line.strip_prefix(start.as_str()))
    }

    /// The part for people without HTML.
    #[must_use]
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    #[must_use]
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    fn part(&self, kind: &str) -> String {
        let part = self.raw.split("\r\n--").find(|part| part.contains(kind));
        let (head, body) = part
            .and_then(|part| part.split_once("\r\n\r\n"))
            .unwrap_or_default();
        if !head.contains("quoted-printable") {
            return body.to_owned();
        }

        let decoded = quoted_printable::decode(body, quoted_printable::ParseMode::Robust);
        String::from_utf8_lossy(&decoded.unwrap_or_default()).into_owned()
    }

    /// What stands behind `name=` in the link of the mail.
    ///
    /// # Panics
    /// When there is no such link.
    #[must_use]
    pub fn secret(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) = text
            .split_once(&format!("/confirm#{name}="))
            .unwrap_or_else(|| panic!("no link of {name} in:\n{text}"));
        let secret = rest.split(char::is_whitespace).next().unwrap_or_default();
        secret.to_owned()
    }
}

#[derive(Default)]
struct Caught {
    mails: Mutex<Vec<CaughtMail>>,
    /// What is answered to recipients, and how often still.
    refusals: Mutex<(u32, &'static str)>,
    came: Notify,
}

/// The server; it ends with this.
pub struct MailCatcher {
    address: SocketAddr,
    caught: Arc<Caught>,
    _serving: AbortOnDropHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MailCatcher {
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let caught = Arc::<Caught>::default();

        Self {
            address,
            _serving: spawn_owned(serve(listener, Arc::clone(&caught))),
            caught,
        }
    }

    /// For `auth.mail.smtp_url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Everything that came, in the order of its coming.
    #[must_use]
    pub fn mails(&self) -> Vec<CaughtMail> {
        lock(&self.caught.mails).clone()
    }

    /// The next recipients are answered with this line instead of being taken.
    pub fn refuse(&self, times: u32, answer: &'static str) {
        *lock(&self.caught.refusals) = (times, answer);
    }

    /// Waits until `count` mails have come, and returns the last one of them.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn wait_for(&self, count: usize) -> CaughtMail {
        let waiting = async {
            loop {
                let came = self.caught.came.notified();
                if let Some(mail) = count.checked_sub(1).and_then(|at| self.mails().get(at).cloned()) {
                    return mail;
                }
                came.await;
            }
        };

        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("{count} mails did not come, but {}", self.mails().len()))
    }
}

async fn serve(listener: TcpListener, caught: Arc<Caught>) {
    let mut talks = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        talks.spawn(talk(stream, Arc::clone(&caught)));
    }
}

async fn talk(stream: TcpStream, caught: Arc<Caught>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    write.write_all(b"220 catcher\r\n").await?;

    while let Some(line) = lines.next_line().await? {
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-catcher\r\n250-SMTPUTF8\r\n250 8BITMIME",
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "RCPT" => {
                let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                to = inner.map(|(address, _)| address.to_owned()).unwrap_or_default();
                find_refusal(&caught).unwrap_or("250 fine")
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut raw = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    // A leading dot was doubled on its way (section 4.5.2).
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push_str("\r\n");
                }
                lock(&caught.mails).push(CaughtMail { to: to.clone(), raw });
                caught.came.notify_waiters();
                "250 taken"
            }
            _ => "250 fine",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }

    Ok(())
}

fn find_refusal(caught: &Caught) -> Option<&'static str> {
    let mut refusals = lock(&caught.refusals);
    let answer = (refusals.0 > 0).then_some(refusals.1);
    refusals.0 = refusals.0.saturating_sub(1);
    answer
}
