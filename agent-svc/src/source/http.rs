//! The HTTP half of git's transport: `reqwest` behind gix's [`Http`] trait. It checks every host and address that it
//! is sent to, follows few redirects, counts bytes, keeps time and stops when told. It never sends credentials, never
//! uses a proxy, and keeps no cookies.

use std::{
    io::{self, BufRead, Cursor, Read, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Buf, Bytes};
use gix_transport::client::blocking_io::http::{GetResponse, Http, PostBodyDataKind, PostResponse};
use kit::sources::SourcePolicy;
use reqwest::{
    Client, Method, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
    redirect::Policy,
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{FetchLimits, SourceError, dns::CheckedResolver};

pub(super) const MAX_REDIRECTS: usize = 5;
/// What a client says to negotiate is small; more is a fault.
const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// The first thing that went wrong. gix passes errors on as opaque chains; the reason for the user is kept here.
#[derive(Debug, Default)]
pub(super) struct Blame(Mutex<Option<SourceError>>);

impl Blame {
    pub(super) fn set(&self, err: SourceError) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(err);
    }

    pub(super) fn take(&self) -> Option<SourceError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What all requests of one fetch share.
#[derive(Debug)]
struct FetchSession {
    client: Client,
    policy: SourcePolicy,
    handle: Handle,
    cancel: CancellationToken,
    blame: Arc<Blame>,
    idle: Duration,
    max_bytes: u64,
    received: Mutex<u64>,
}

/// One fetch's connection. Used from one blocking thread; must not be used on a runtime's own thread.
#[derive(Debug)]
pub(super) struct CheckedHttp {
    session: Arc<FetchSession>,
    redirected: Option<String>,
}

impl CheckedHttp {
    pub(super) fn new(
        policy: &SourcePolicy,
        limits: &FetchLimits,
        handle: Handle,
        cancel: CancellationToken,
        blame: Arc<Blame>,
    ) -> Result<Self, SourceError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(CheckedResolver::new(policy.clone(), Arc::clone(&blame))))
            .connect_timeout(limits.idle_timeout)
            .no_gzip()
            .build()
            .map_err(|err| SourceError::Internal(err.to_string()))?;

        let session = FetchSession {
            client,
            policy: policy.clone(),
            handle,
            cancel,
            blame,
            idle: limits.idle_timeout,
            max_bytes: limits.max_bytes,
            received: Mutex::new(0),
        };

        Ok(Self {
            session: Arc::new(session),
            redirected: None,
        })
    }

    /// Bytes received so far, by all connections of this fetch.
    pub(super) fn received(&self) -> u64 {
        *self
            .session
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A further connection of the same fetch, under the same limits.
    pub(super) fn again(&self) -> Self {
        Self {
            session: Arc::clone(&self.session),
            redirected: None,
        }
    }
}

impl FetchSession {
    /// Runs a step of the conversation under the idle limit and the cancellation.
    fn wait<T>(&self, step: impl Future<Output = Result<T, SourceError>>) -> io::Result<T> {
        let result = self.handle.block_on(async {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => Err(SourceError::Cancelled),
                done = tokio::time::timeout(self.idle, step) => {
                    done.unwrap_or(Err(SourceError::Stalled { idle: self.idle }))
                }
            }
        });

        result.map_err(|err| self.fail(err))
    }

    /// Keeps the reason. Never `Interrupted`, which readers would retry for ever.
    fn fail(&self, err: SourceError) -> io::Error {
        self.blame.set(err.clone());
        io::Error::other(err)
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        *received += bytes as u64;
        if *received > self.max_bytes {
            return Err(self.fail(SourceError::TooLarge {
                limit: self.max_bytes,
            }));
        }
        Ok(())
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Response, SourceError> {
        self.policy.check_target(&url)?;

        let host = url.host_str().unwrap_or_default().to_owned();
        let request = self.client.request(method, url).headers(headers).body(body);

        request.send().await.map_err(|err| {
            self.blame.take().unwrap_or_else(|| match err {
                err if err.is_timeout() || err.is_connect() => SourceError::Unreachable { host },
                err => SourceError::Cut(chain(&err)),
            })
        })
    }

    /// A GET that follows redirects, each target checked like the first. Answers with the final URL.
    async fn get(&self, url: &str, headers: HeaderMap) -> Result<(Url, Response), SourceError> {
        let mut url = Url::parse(url).map_err(|err| SourceError::Protocol(err.to_string()))?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self
                .send(Method::GET, url.clone(), headers.clone(), Vec::new())
                .await?;
            if !response.status().is_redirection() {
                return Ok((url, checked(response)?));
            }

            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|target| target.to_str().ok());
            let target = target.and_then(|target| url.join(target).ok());
            url = target.ok_or_else(|| SourceError::Protocol("a redirect without a target".into()))?;
        }

        Err(SourceError::TooManyRedirects { limit: MAX_REDIRECTS })
    }
}

fn checked(response: Response) -> Result<Response, SourceError> {
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SourceError::NeedsAuth),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(SourceError::NotFound),
        status => Err(SourceError::Status {
            status: status.as_u16(),
        }),
    }
}

fn chain(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

fn header_map(lines: impl IntoIterator<Item = impl AsRef<str>>) -> HeaderMap {
    let mut map = HeaderMap::new();
    for line in lines {
        let Some((name, value)) = line.as_ref().split_once(':') else {
            continue;
        };

        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.trim()),
            HeaderValue::try_from(value.trim()),
        ) {
            map.append(name, value);
        }
    }

    map
}

/// The answer's headers as gix wants them: one `name: value` a line.
fn header_lines(response: &Response) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in response.headers() {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}

impl Http for CheckedHttp {
    type Headers = AnswerHeaders;
    type ResponseBody = AnswerBody;
    type PostBody = RequestBody;

    fn get(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<AnswerHeaders, AnswerBody>> {
        let headers = header_map(headers);
        let (effective, response) = self
            .session
            .wait(self.session.get(url, headers))
            .map_err(gix::Error::from_error)?;

        // A page where the repository should be is the most common mistake: a typing error in the address.
        let kind = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if !kind.starts_with("application/x-git-") {
            return Err(gix::Error::from_error(
                self.session.fail(SourceError::NotARepository),
            ));
        }

        if effective.as_str() != url {
            let tail = url.strip_prefix(base_url).unwrap_or_default();
            let Some(base) = effective.as_str().strip_suffix(tail) else {
                let err = self.session.fail(SourceError::NotARepository);
                return Err(gix::Error::from_error(err));
            };
            self.redirected = Some(base.to_owned());
        }

        let exchange = Exchange::answered(&self.session, response);
        Ok(GetResponse {
            headers: AnswerHeaders {
                exchange: Arc::clone(&exchange),
                lines: None,
            },
            body: AnswerBody {
                exchange,
                current: Bytes::new(),
            },
        })
    }

    fn post(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _body: PostBodyDataKind,
    ) -> gix::Result<PostResponse<AnswerHeaders, AnswerBody, RequestBody>> {
        let exchange = Exchange::prepared(&self.session, url.to_owned(), header_map(headers));
        Ok(PostResponse {
            post_body: RequestBody(Arc::clone(&exchange)),
            headers: AnswerHeaders {
                exchange: Arc::clone(&exchange),
                lines: None,
            },
            body: AnswerBody {
                exchange,
                current: Bytes::new(),
            },
        })
    }

    fn configure(&mut self, _config: &dyn std::any::Any) -> gix::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.redirected.clone()
    }
}

/// One request and its answer, shared by the three handles that gix holds.
#[derive(Debug)]
struct Exchange {
    session: Arc<FetchSession>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// The request's body is still being written.
    Writing {
        url: String,
        headers: HeaderMap,
        body: Vec<u8>,
    },
    Answered {
        lines: Vec<u8>,
        response: Response,
    },
    /// The answer ended, or failed.
    Done,
}

impl Exchange {
    fn answered(session: &Arc<FetchSession>, response: Response) -> Arc<Self> {
        let state = State::Answered {
            lines: header_lines(&response),
            response,
        };
        Arc::new(Self {
            session: Arc::clone(session),
            state: Mutex::new(state),
        })
    }

    fn prepared(session: &Arc<FetchSession>, url: String, headers: HeaderMap) -> Arc<Self> {
        let state = State::Writing {
            url,
            headers,
            body: Vec::new(),
        };

        Arc::new(Self {
            session: Arc::clone(session),
            state: Mutex::new(state),
        })
    }

    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends the request if it was not sent yet. A POST is never redirected.
    fn send(&self, state: &mut State) -> io::Result<()> {
        let State::Writing { url, headers, body } = state else {
            return Ok(());
        };
        let (url, headers, body) = (Url::parse(url), std::mem::take(headers), std::mem::take(body));

        *state = State::Done;

        let url = url.map_err(|err| self.session.fail(SourceError::Protocol(err.to_string())))?;
        let response = self
            .session
            .wait(async { checked(self.session.send(Method::POST, url, headers, body).await?) })?;
        *state = State::Answered {
            lines: header_lines(&response),
            response,
        };

        Ok(())
    }

    fn headers(&self) -> io::Result<Vec<u8>> {
        self.with_state(|state| {
            self.send(state)?;
            match state {
                State::Answered { lines, .. } => Ok(std::mem::take(lines)),
                _ => Ok(Vec::new()),
            }
        })
    }

    /// The next piece of the answer's body, `None` at its end.
    fn next(&self) -> io::Result<Option<Bytes>> {
        self.with_state(|state| {
            self.send(state)?;

            let State::Answered { response, .. } = state else {
                return Ok(None);
            };
            let next = self.session.wait(async {
                response
                    .chunk()
                    .await
                    .map_err(|err| SourceError::Cut(chain(&err)))
            });

            match next {
                Ok(Some(bytes)) => self.session.count(bytes.len()).map(|()| Some(bytes)),
                end => {
                    *state = State::Done;
                    end
                }
            }
        })
    }
}

/// Collects what gix says; it is sent when the answer is first read.
#[derive(Debug)]
pub(super) struct RequestBody(Arc<Exchange>);

impl Write for RequestBody {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.with_state(|state| match state {
            State::Writing { body, .. } if body.len() + data.len() <= MAX_REQUEST_BYTES => {
                body.extend_from_slice(data);
                Ok(data.len())
            }
            _ => Err(io::Error::other(
                "the request was already sent, or it is too long",
            )),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The answer's headers, line by line.
#[derive(Debug)]
pub(super) struct AnswerHeaders {
    exchange: Arc<Exchange>,
    lines: Option<Cursor<Vec<u8>>>,
}

impl Read for AnswerHeaders {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for AnswerHeaders {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let lines = match self.lines.take() {
            Some(lines) => lines,
            None => Cursor::new(self.exchange.headers()?),
        };
        self.lines.insert(lines).fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if let Some(lines) = &mut self.lines {
            lines.consume(count);
        }
    }
}

/// The answer's body as it arrives.
#[derive(Debug)]
pub(super) struct AnswerBody {
    exchange: Arc<Exchange>,
    current: Bytes,
}

impl Read for AnswerBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for AnswerBody {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.exchange.next()? {
                Some(bytes) => self.current = bytes,
                None => break,
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, count: usize) {
        self.current.advance(count);
    }
}
