//! Routes as they are registered: each says which operation it performs, from which follows what it may refuse; or why it
//! performs none. Tests get the list of all doors from here.

use std::{collections::BTreeMap, sync::Arc};

use axum::routing::MethodRouter;
use utoipa::{
    IntoResponses,
    openapi::{self, PathItem, path},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::{
    app::App,
    operation::{
        Operation, OperationEntry,
        nodes::{FindNode, FindNodes},
        oauth::{CancelOauth, LinkProvider},
        project_git::ListPushRefs,
        projects::WatchProject,
        runs::{AnswerRun, CancelRun, ForkRun, GetRun, ListCheckpoints, ListRunEvents, ListRuns, WatchRun},
        sign_in::LogoutByToken,
        spending::{CreateBudget, DeleteBudget, UpdateBudget, WatchUsage},
        stories::{FollowStory, ListStories},
        workflows::PauseWorkflow,
    },
    rest::answers::{Invalid, TooMany, Unreadable, refusals_of},
};

/// One way in.
#[derive(Clone, Debug)]
pub struct ListedDoor {
    /// Method and path, e.g. `GET /api/stories`; `None` where only GraphQL leads.
    pub route: Option<String>,
    /// What is done behind it; or why that is nothing that has a price or a lock.
    pub behind: Result<OperationEntry, &'static str>,
}

impl ListedDoor {
    /// What is done without a route of its own: by GraphQL alone, or beside another operation.
    pub(super) fn without_route() -> Vec<Self> {
        let entries = [
            OperationEntry::describe::<AnswerRun>(),
            OperationEntry::describe::<CancelOauth>(),
            OperationEntry::describe::<CancelRun>(),
            OperationEntry::describe::<CreateBudget>(),
            OperationEntry::describe::<DeleteBudget>(),
            OperationEntry::describe::<FindNode>(),
            OperationEntry::describe::<FindNodes>(),
            OperationEntry::describe::<FollowStory>(),
            OperationEntry::describe::<ForkRun>(),
            OperationEntry::describe::<GetRun>(),
            OperationEntry::describe::<LinkProvider>(),
            OperationEntry::describe::<ListCheckpoints>(),
            OperationEntry::describe::<ListPushRefs>(),
            OperationEntry::describe::<ListRunEvents>(),
            OperationEntry::describe::<ListRuns>(),
            OperationEntry::describe::<ListStories>(),
            OperationEntry::describe::<LogoutByToken>(),
            OperationEntry::describe::<PauseWorkflow>(),
            OperationEntry::describe::<UpdateBudget>(),
            OperationEntry::describe::<WatchProject>(),
            OperationEntry::describe::<WatchRun>(),
            OperationEntry::describe::<WatchUsage>(),
        ];

        let doors = entries.into_iter().map(|entry| Self {
            route: None,
            behind: Ok(entry),
        });
        doors.collect()
    }
}

/// Routes, and the doors that they are.
pub(super) struct Routes {
    pub(super) router: OpenApiRouter<Arc<App>>,
    pub(super) doors: Vec<ListedDoor>,
    /// Paths that the document does not tell.
    pub(super) unlisted: Vec<&'static str>,
}

impl Routes {
    pub(super) fn new(document: openapi::OpenApi) -> Self {
        Self {
            router: OpenApiRouter::with_openapi(document),
            doors: Vec::new(),
            unlisted: Vec::new(),
        }
    }

    /// A route whose handler takes the door to `O`.
    pub(super) fn perform<O: Operation>(self, routes: UtoipaMethodRouter<Arc<App>>) -> Self {
        let behind = Ok(OperationEntry::describe::<O>());
        self.add(routes, &behind, Some(&refusals_of::<O>()))
    }

    /// The same where it is performed in a socket: that is opened for everybody, and closed with a reason.
    pub(super) fn perform_in_socket<O: Operation>(self, routes: UtoipaMethodRouter<Arc<App>>) -> Self {
        let behind = Ok(OperationEntry::describe::<O>());
        self.add(routes, &behind, Some(&TooMany::responses()))
    }

    /// A route for everybody, free of charge, for this reason.
    pub(super) fn open(self, reason: &'static str, routes: UtoipaMethodRouter<Arc<App>>) -> Self {
        self.add(routes, &Err(reason), None)
    }

    /// A page, a file of one, or GraphQL, whose doors are its fields: what the document does not tell.
    pub(super) fn unlisted(mut self, path: &'static str, methods: MethodRouter<Arc<App>>) -> Self {
        self.unlisted.push(path);
        self.router = self.router.route(path, methods);
        self
    }

    fn add(
        mut self,
        (schemas, mut paths, methods): UtoipaMethodRouter<Arc<App>>,
        behind: &Result<OperationEntry, &'static str>,
        refusals: Option<&BTreeMap<String, openapi::RefOr<openapi::Response>>>,
    ) -> Self {
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations_of(item) {
                self.doors.push(ListedDoor {
                    route: Some(format!("{method} {path}")),
                    behind: behind.clone(),
                });

                // What a handler says of a status itself is more exact.
                let of_input = refusals_of_input(operation, behind.is_ok());
                for (status, answer) in refusals.into_iter().flatten().chain(&of_input) {
                    let answers = &mut operation.responses.responses;
                    answers.entry(status.clone()).or_insert_with(|| answer.clone());
                }
            }
        }

        self.router = self.router.routes((schemas, paths, methods));
        self
    }
}

/// What reading a body, and parameters of a query and of an operation's headers, can come to. A header of the protocol that is
/// wrong is as good as none.
fn refusals_of_input(
    operation: &path::Operation,
    performs: bool,
) -> BTreeMap<String, openapi::RefOr<openapi::Response>> {
    let has_body = operation.request_body.is_some();
    let is_read = |parameter: &openapi::RefOr<path::Parameter>| match parameter {
        openapi::RefOr::T(parameter) => match parameter.parameter_in {
            path::ParameterIn::Query | path::ParameterIn::QueryString => true,
            path::ParameterIn::Header => performs,
            path::ParameterIn::Path | path::ParameterIn::Cookie => false,
        },
        openapi::RefOr::Ref(_) => false,
    };
    let has_parameters = operation
        .parameters
        .as_ref()
        .is_some_and(|all| all.iter().any(is_read));

    let mut answers = BTreeMap::new();
    if has_body {
        answers.extend(Unreadable::responses());
    }
    if has_body || has_parameters {
        answers.extend(Invalid::responses());
    }
    answers
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut path::Operation)> {
    let methods = [
        ("GET", &mut item.get),
        ("HEAD", &mut item.head),
        ("OPTIONS", &mut item.options),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
        ("PATCH", &mut item.patch),
    ];

    methods
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
