//! Everything that can be done, one file per noun. A mutation takes one input and answers with one payload.

mod accounts;
mod agents;
mod backups;
mod billing;
mod books;
mod chat;
mod email_links;
mod items;
mod jobs;
mod projects;
mod runs;
mod schedules;
mod second_factors;
mod sign_in;
mod spending;
mod stories;
mod students;
mod webhooks;
mod workflow_sharing;
mod workflows;

use async_graphql::MergedObject;

/// Everything that can be done. Each field takes one input and answers with one payload.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    accounts::AccountsMutation,
    agents::AgentsMutation,
    backups::BackupsMutation,
    billing::BillingMutation,
    books::BooksMutation,
    chat::ChatMutation,
    email_links::EmailLinksMutation,
    items::ItemsMutation,
    jobs::JobsMutation,
    projects::ProjectsMutation,
    runs::RunsMutation,
    schedules::SchedulesMutation,
    second_factors::SecondFactorsMutation,
    sign_in::SignInMutation,
    spending::SpendingMutation,
    stories::StoriesMutation,
    students::StudentsMutation,
    webhooks::WebhooksMutation,
    workflow_sharing::WorkflowSharingMutation,
    workflows::WorkflowsMutation,
);
