//! Loaders: what many rows of one answer need from a service is asked for in one call. Each lives as long as its request
//! and remembers nothing between batches.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use futures::{FutureExt, future::BoxFuture};
use gql::batch::{Batcher, FoundByKey};
use kit::Problem;
use proto::v1::{
    BatchGetRunsRequest, BatchGetStoriesRequest, BatchGetStoriesResponse, Book, GetBookRequest, Run, Story,
};

use crate::{identity::RequestContext, services::Services};

/// Ids that the services take in one call.
const IDS: usize = 100;
/// Whole stories that fit into one message.
const WHOLE_STORIES: usize = 20;

/// The place of a request's loaders; they are made when first needed.
#[derive(Default)]
pub(crate) struct LoaderSlot(OnceLock<Loaders>);

impl LoaderSlot {
    pub(crate) fn loaders(&self, services: &Services, call: &RequestContext) -> &Loaders {
        self.0.get_or_init(|| {
            let source = Arc::new(Source {
                services: services.clone(),
                call: call.clone(),
            });
            Loaders::new(&source)
        })
    }
}

/// Where everything comes from, and who asks for it.
pub(crate) struct Source {
    services: Services,
    call: RequestContext,
}

impl Source {
    async fn find_stories(&self, batch: BatchGetStoriesRequest) -> Result<BatchGetStoriesResponse, Problem> {
        let stories = self.services.stories(&self.call).batch_get_stories(batch).await;
        let stories = stories.map_err(|status| Problem::from_status(&status))?;

        Ok(stories.into_inner())
    }
}

/// Books are large, and come one by one.
const BOOKS: usize = 8;

/// The loaders of one request.
pub(crate) struct Loaders {
    /// By the id of their story; without their prose. A story of another kind has none.
    pub(crate) books: Batcher<Source, Book, Problem>,
    pub(crate) runs: Batcher<Source, Run, Problem>,
    /// Without their chapters.
    pub(crate) stories: Batcher<Source, Story, Problem>,
    /// By the id of a run that is an attempt at the story; without their chapters.
    pub(crate) stories_of_runs: Batcher<Source, Story, Problem>,
    /// With their chapters.
    pub(crate) whole_stories: Batcher<Source, Story, Problem>,
}

impl Loaders {
    fn new(source: &Arc<Source>) -> Self {
        Self {
            books: Batcher::new(source, books, BOOKS),
            runs: Batcher::new(source, runs, IDS),
            stories: Batcher::new(source, stories, IDS),
            stories_of_runs: Batcher::new(source, stories_of_runs, IDS),
            whole_stories: Batcher::new(source, whole_stories, WHOLE_STORIES),
        }
    }
}

type Finding<T> = BoxFuture<'static, Result<FoundByKey<T>, Problem>>;

fn books(source: Arc<Source>, ids: Vec<String>) -> Finding<Book> {
    async move {
        let mut found = HashMap::new();
        for id in ids {
            let request = GetBookRequest {
                id: id.clone(),
                ..GetBookRequest::default()
            };
            match source.services.books(&source.call).get_book(request).await {
                Ok(book) => {
                    found.insert(id, Arc::new(book.into_inner()));
                }
                Err(status) if status.code() == tonic::Code::NotFound => {}
                Err(status) => return Err(Problem::from_status(&status)),
            }
        }

        Ok(found)
    }
    .boxed()
}

fn runs(source: Arc<Source>, ids: Vec<String>) -> Finding<Run> {
    async move {
        let request = BatchGetRunsRequest { ids };
        let runs = source.services.runs(&source.call).batch_get_runs(request).await;
        let runs = runs
            .map_err(|status| Problem::from_status(&status))?
            .into_inner()
            .runs;

        Ok(runs
            .into_iter()
            .map(|run| (run.id.clone(), Arc::new(run)))
            .collect())
    }
    .boxed()
}

fn stories(source: Arc<Source>, ids: Vec<String>) -> Finding<Story> {
    by_id(source, ids, false)
}

fn whole_stories(source: Arc<Source>, ids: Vec<String>) -> Finding<Story> {
    by_id(source, ids, true)
}

fn by_id(source: Arc<Source>, ids: Vec<String>, with_chapters: bool) -> Finding<Story> {
    async move {
        let batch = BatchGetStoriesRequest {
            ids,
            run_ids: Vec::new(),
            with_chapters,
        };
        let batch = source.find_stories(batch).await?;
        Ok(shared(batch.stories))
    }
    .boxed()
}

fn stories_of_runs(source: Arc<Source>, run_ids: Vec<String>) -> Finding<Story> {
    async move {
        let batch = BatchGetStoriesRequest {
            ids: Vec::new(),
            run_ids,
            with_chapters: false,
        };
        let batch = source.find_stories(batch).await?;
        let stories = shared(batch.stories);
        let of_runs = batch.story_ids_by_run.into_iter();

        Ok(of_runs
            .filter_map(|(run, story)| Some((run, Arc::clone(stories.get(&story)?))))
            .collect())
    }
    .boxed()
}

fn shared(stories: Vec<Story>) -> HashMap<String, Arc<Story>> {
    let stories = stories.into_iter();
    stories.map(|story| (story.id.clone(), Arc::new(story))).collect()
}
