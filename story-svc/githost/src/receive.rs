//! `git-receive-pack`: commands and a pack in, a report out.

mod incoming;
mod plan;
mod report;
mod request;
mod snapshots;

use gix_hash::ObjectId;

use crate::{
    commit::Signature,
    graph::CommitLinks,
    limits::Limits,
    object::StoredObject,
    repository::{Failure, GitError, PushRefusal, Repository},
};
use incoming::{IncomingPack, PackFault};
use plan::Plan;
use report::Report;
use request::{Command, PushRequest};

/// The body of a push, which may have been too long to keep.
#[derive(Debug)]
pub struct PushBody {
    /// What was kept of it, from its beginning.
    pub bytes: Vec<u8>,
    /// Whether more came.
    pub is_cut: bool,
}

/// A push that is sound: commits that follow `old`, and the objects that they bring.
#[derive(Debug)]
pub struct Push {
    /// Where `main` was.
    pub old: Option<ObjectId>,
    /// Where it is to be.
    pub new: ObjectId,
    /// The new commits, parents first.
    pub commits: Vec<CommitLinks>,
    /// All objects that were not there.
    pub objects: Vec<StoredObject>,
    /// From `old` to `new`: what each commit of the way does. Of a merge, what it does to `main`; what was merged is no step.
    pub steps: Vec<Step>,
}

/// One commit, as a change of files.
#[derive(Debug)]
pub struct Step {
    pub commit: ObjectId,
    pub author: Signature,
    pub message: String,
    /// By path.
    pub changes: Vec<Change>,
}

/// What becomes of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    /// None when it goes.
    pub content: Option<String>,
}

/// Answers one request of `git push`, and hands a sound one to the repository. Computes for as long as the limits allow.
///
/// # Errors
///
/// When the request is none of the protocol, or the repository fails. A push that is refused is no error but a report.
pub async fn receive_pack(
    repository: &dyn Repository,
    body: &PushBody,
    limits: &Limits,
) -> Result<Vec<u8>, GitError> {
    let request = PushRequest::parse(&body.bytes)?;
    if request.commands.is_empty() {
        return Ok(Vec::new());
    }
    let mut report = Report::new(&request);
    if body.is_cut {
        report.fail_pack(&format!("the pack is larger than {} bytes", limits.pack_bytes));
        return Ok(report.into_bytes());
    }

    let main = repository.main().await?;
    for command in &request.commands {
        if let Err(reason) = command.check(main) {
            report.refuse(&command.name, reason, &[]);
        }
    }
    let Some(command) = request
        .commands
        .iter()
        .find(|command| !report.has_refused(&command.name))
    else {
        return Ok(report.into_bytes());
    };

    match take_command(repository, main, command, request.pack, limits).await {
        Ok(remark) => report.accept(remark),
        Err(PushFault::Pack(fault)) => report.fail_pack(&fault.0),
        Err(PushFault::Refused { reason, details }) => report.refuse(&command.name, &reason, &details),
        Err(PushFault::Failure(failure)) => return Err(failure.into()),
    }

    Ok(report.into_bytes())
}

/// Why a push is not taken.
#[derive(Debug)]
enum PushFault {
    Pack(PackFault),
    /// The reason is a phrase for the line of the ref, the details are lines for whoever pushes.
    Refused {
        reason: String,
        details: Vec<String>,
    },
    Failure(Failure),
}

impl PushFault {
    fn refuse(reason: &str) -> Self {
        Self::Refused {
            reason: reason.to_owned(),
            details: Vec::new(),
        }
    }
}

impl From<Failure> for PushFault {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<PackFault> for PushFault {
    fn from(fault: PackFault) -> Self {
        Self::Pack(fault)
    }
}

async fn take_command(
    repository: &dyn Repository,
    main: Option<ObjectId>,
    command: &Command,
    pack: &[u8],
    limits: &Limits,
) -> Result<Option<String>, PushFault> {
    let scanned = IncomingPack::scan(pack, limits)?;
    let bases = repository.read(&scanned.bases()).await?;
    let objects = scanned.resolve(&bases, limits)?;

    let push = Plan::new(repository, main, objects, limits)
        .await?
        .make_push(command.new)
        .await?;
    match repository.take_push(push).await {
        Ok(remark) => Ok(remark),
        Err(PushRefusal::Moved) => Err(PushFault::refuse("fetch first")),
        Err(PushRefusal::Rule(rule)) => Err(PushFault::refuse(&rule)),
        Err(PushRefusal::Failure(failure)) => Err(failure.into()),
    }
}
