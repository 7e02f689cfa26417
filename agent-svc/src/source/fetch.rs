//! One fetch: a scratch repository, git's protocol over [`CheckedHttp`], and the translation of what can go wrong.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gix::{
    ObjectId,
    bstr::ByteSlice,
    progress::Discard,
    protocol::handshake::Ref,
    remote::{Direction, fetch::Shallow, fetch::Tags},
};
use gix_transport::{Protocol, client::blocking_io::http::Transport};
use kit::sources::{RepoUrl, SourcePolicy};
use repo::checkout::open_options;
use repo::{Checkout, Head};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{
    FetchLimits, SourceError,
    http::{Blame, CheckedHttp},
    meter::Meter,
};

/// How often a fetch is looked at while it unpacks.
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn remote_head(
    policy: &SourcePolicy,
    limits: &FetchLimits,
    scratch: &Path,
    url: &RepoUrl,
    cancel: &CancellationToken,
) -> Result<Head, SourceError> {
    let job = FetchJob::new(policy, limits, scratch, url)?;
    job.run(limits, cancel, |job, http| job.ls_refs(http)).await
}

/// Everything under the limits, or else only the newest commit.
pub(super) async fn remote(
    policy: &SourcePolicy,
    limits: &FetchLimits,
    scratch: &Path,
    url: &RepoUrl,
    cancel: &CancellationToken,
) -> Result<Checkout, SourceError> {
    let job = FetchJob::new(policy, limits, scratch, url)?;
    let limit = match job
        .run(limits, cancel, |job, http| job.clone(http, Shallow::NoChange))
        .await
    {
        Err(SourceError::TooLarge { limit } | SourceError::UnpacksTooLarge { limit }) => limit,
        done => return done,
    };

    let job = FetchJob::new(policy, limits, scratch, url)?;
    let newest = Shallow::DepthAtRemote(std::num::NonZeroU32::MIN);
    let mut checkout = job
        .run(limits, cancel, |job, http| job.clone(http, newest))
        .await?;
    checkout.shallow = Some(format!(
        "The history is longer than the limit of {} MiB, so only the newest commit was read.",
        limit / 1_048_576
    ));

    Ok(checkout)
}

/// A scratch repository and where to fill it from.
struct FetchJob {
    url: String,
    policy: SourcePolicy,
    max_object_bytes: u64,
    folder: TempDir,
    interrupt: Arc<AtomicBool>,
    blame: Arc<Blame>,
    meter: Meter,
}

type Connection = Transport<CheckedHttp>;

impl FetchJob {
    fn new(
        policy: &SourcePolicy,
        limits: &FetchLimits,
        scratch: &Path,
        url: &RepoUrl,
    ) -> Result<Self, SourceError> {
        fs::create_dir_all(scratch).map_err(internal)?;

        Ok(Self {
            url: url.fetch_url().to_owned(),
            policy: policy.clone(),
            max_object_bytes: limits.max_object_bytes,
            folder: tempfile::Builder::new()
                .prefix("fetch-")
                .tempdir_in(scratch)
                .map_err(internal)?,
            interrupt: Arc::default(),
            blame: Arc::default(),
            meter: Meter::new(limits.max_unpacked_bytes),
        })
    }

    /// Does blocking work on a thread of its own, and makes it stop in time.
    async fn run<T: Send + 'static>(
        self,
        limits: &FetchLimits,
        cancel: &CancellationToken,
        work: impl FnOnce(Self, CheckedHttp) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let stop = cancel.child_token();
        let (interrupt, blame) = (Arc::clone(&self.interrupt), Arc::clone(&self.blame));
        let handle = tokio::runtime::Handle::current();
        let http = CheckedHttp::new(&self.policy, limits, handle, stop.clone(), Arc::clone(&blame))?;
        let (guard, meter, traffic) = (Arc::clone(&interrupt), self.meter.clone(), http.again());

        // Dropping this future (its caller went away) stops the thread too.
        let _stop_on_drop = StopOnDrop(guard, stop.clone());
        let mut task = tokio::task::spawn_blocking(move || {
            let blame = Arc::clone(&self.blame);
            work(self, http).map_err(|err| blame.take().unwrap_or(err))
        });

        let stopped = tokio::select! {
            done = &mut task => return done.unwrap_or_else(|err| Err(internal(err))),
            () = cancel.cancelled() => SourceError::Cancelled,
            () = tokio::time::sleep(limits.timeout) => SourceError::TimedOut { limit: limits.timeout },
            limit = exceeded(&meter, &traffic) => SourceError::UnpacksTooLarge { limit },
        };
        interrupt.store(true, Ordering::Relaxed);
        stop.cancel();

        Err(stopped)
    }

    fn repository(&self) -> Result<gix::ThreadSafeRepository, SourceError> {
        gix::ThreadSafeRepository::init_opts(
            self.folder.path(),
            gix::create::Kind::Bare,
            gix::create::Options::default(),
            open_options(self.max_object_bytes),
        )
        .map_err(internal)
    }

    fn connect(&self, http: CheckedHttp) -> Result<(gix::Url, Connection), SourceError> {
        let url = gix::url::parse(self.url.as_bytes().as_bstr())
            .map_err(|err| SourceError::Protocol(err.to_string()))?;
        Ok((url.clone(), Transport::new_http(http, url, Protocol::V2, false)))
    }

    fn ls_refs(self, http: CheckedHttp) -> Result<Head, SourceError> {
        let repository = self.repository()?.to_thread_local();
        let again = http.again();

        match head_of(&self.refs(&repository, http, HEAD)?) {
            Ok(head) => Ok(head),
            Err(missing) => choose(missing, &self.refs(&repository, again, BRANCHES)?),
        }
    }

    /// The refs that a refspec asks for.
    fn refs(
        &self,
        repository: &gix::Repository,
        http: CheckedHttp,
        refspec: &str,
    ) -> Result<Vec<Ref>, SourceError> {
        let (url, transport) = self.connect(http)?;
        let remote = repository
            .remote_at(url)
            .and_then(|remote| {
                remote
                    .with_fetch_tags(Tags::None)
                    .with_refspecs([refspec], Direction::Fetch)
            })
            .map_err(internal)?;
        let connection = remote
            .to_connection_with_transport(transport)
            .with_credentials(refuse_credentials);
        let (map, _) = connection
            .ref_map(Discard, gix::remote::ref_map::Options::default())
            .map_err(protocol)?;

        Ok(map.remote_refs)
    }

    fn clone(self, http: CheckedHttp, shallow: Shallow) -> Result<Checkout, SourceError> {
        let shared = self.repository()?;
        let repository = shared.to_thread_local();
        let (first, again) = (http.again(), http.again());
        let head = match self.receive(&repository, first, HEAD, &shallow)? {
            Ok(head) => head,
            Err(missing) => {
                let head = choose(missing, &self.refs(&repository, again, BRANCHES)?)?;
                let branch = head.branch.clone().unwrap_or_default();
                let refspec = format!("+refs/heads/{branch}:refs/saga/head");
                self.receive(&repository, http, &refspec, &shallow)?
                    .map_or(head.clone(), |_| head)
            }
        };
        drop(repository);

        // Opened anew: the object store that was there at the start does not know the new pack.
        let repository = open_options(self.max_object_bytes)
            .open(self.folder.path())
            .map_err(internal)?;
        drop(shared);

        Ok(Checkout::of_fetched(repository, head, self.folder)?)
    }

    /// Fetches what a refspec names. Inside, what [`head_of`] says: nothing is received when HEAD is asked for and
    /// there is none.
    fn receive(
        &self,
        repository: &gix::Repository,
        http: CheckedHttp,
        refspec: &str,
        shallow: &Shallow,
    ) -> Result<Result<Head, String>, SourceError> {
        let traffic = http.again();
        let (url, transport) = self.connect(http)?;
        let remote = repository
            .remote_at(url)
            .and_then(|remote| {
                remote
                    .with_fetch_tags(Tags::Included)
                    .with_refspecs([refspec], Direction::Fetch)
            })
            .map_err(internal)?;
        let connection = remote
            .to_connection_with_transport(transport)
            .with_credentials(refuse_credentials);
        let fetch = connection
            .prepare_fetch(Discard, gix::remote::ref_map::Options::default())
            .map_err(protocol)?
            .with_shallow(shallow.clone());
        let head = head_of(&fetch.ref_map().remote_refs);
        if head.is_err() && refspec == HEAD {
            return Ok(head);
        }

        fetch
            .receive(self.meter.progress(), &self.interrupt)
            .map_err(|err| {
                if err.is_resource_exhausted() {
                    SourceError::ObjectTooLarge {
                        limit: self.max_object_bytes,
                    }
                } else {
                    protocol(err)
                }
            })?;

        match self.meter.exceeded(traffic.received()) {
            Some(limit) => Err(SourceError::UnpacksTooLarge { limit }),
            None => Ok(head),
        }
    }
}

/// What is fetched, and where HEAD is looked for when it names no branch that there is.
const HEAD: &str = "+HEAD:refs/saga/head";
const BRANCHES: &str = "+refs/heads/*:refs/saga/heads/*";

/// Answers when a pack has gone beyond its limit, with the limit.
async fn exceeded(meter: &Meter, traffic: &CheckedHttp) -> u64 {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Some(limit) = meter.exceeded(traffic.received()) {
            return limit;
        }
    }
}

struct StopOnDrop(Arc<AtomicBool>, CancellationToken);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.cancel();
    }
}

/// A server that wants a password gets none, and nobody is asked for one.
fn refuse_credentials(
    _action: gix::credentials::helper::Action,
) -> gix::Result<Option<gix::credentials::protocol::Outcome>> {
    Ok(None)
}

/// HEAD among the refs of a server; in its place the branch that it names and that is missing.
fn head_of(refs: &[Ref]) -> Result<Head, String> {
    let mut missing = String::from("HEAD");
    for found in refs {
        let head = match found {
            Ref::Symbolic {
                full_ref_name,
                target,
                object,
                ..
            } if full_ref_name == "HEAD" => Head {
                commit: *object,
                branch: branch_of(target),
            },
            Ref::Direct {
                full_ref_name,
                object,
            }
            | Ref::Peeled {
                full_ref_name,
                object,
                ..
            } if full_ref_name == "HEAD" => Head {
                commit: *object,
                branch: None,
            },
            Ref::Unborn {
                full_ref_name,
                target,
            } if full_ref_name == "HEAD" => {
                missing = branch_of(target).unwrap_or(missing);
                continue;
            }
            _ => continue,
        };

        if head.commit != ObjectId::null(gix::hash::Kind::Sha1) {
            return Ok(head);
        }
    }

    Err(missing)
}

fn branch_of(name: &gix::bstr::BString) -> Option<String> {
    name.strip_prefix(b"refs/heads/")
        .map(|name| String::from_utf8_lossy(name).into_owned())
}

/// The branch to read in the place of the one that HEAD names and that is missing.
fn choose(missing: String, refs: &[Ref]) -> Result<Head, SourceError> {
    let branches = refs.iter().filter_map(|found| match found {
        Ref::Direct {
            full_ref_name,
            object,
        }
        | Ref::Peeled {
            full_ref_name,
            object,
            ..
        }
        | Ref::Symbolic {
            full_ref_name,
            object,
            ..
        } => Some((branch_of(full_ref_name)?, *object)),
        Ref::Unborn { .. } => None,
    });

    Ok(repo::checkout::branches::choose(missing, branches.collect())?)
}

fn protocol(err: gix::Error) -> SourceError {
    SourceError::Protocol(format!("{err:?}"))
}

fn internal(err: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SourceError {
    SourceError::Internal(err.into().to_string())
}
