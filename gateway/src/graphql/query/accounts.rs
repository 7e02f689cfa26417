//! Your account: where you are signed in, your keys, your profile, and what happened.

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page};
use kit::ErrorKind;
use proto::v1::ListAuditEventsRequest;

use crate::{
    graphql::{
        Ask,
        connection::{parse_page, refuse_page},
        object::account::{ApiKey, AuditEvent, Profile, Session},
    },
    identity::ReadAccount,
};

#[derive(Default)]
pub(crate) struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// Your profile; null while you have none.
    async fn profile(&self, ctx: &Context<'_>) -> Result<Option<Profile>> {
        let call = ctx.member::<ReadAccount>()?;
        match ctx.backend().clients.get_profile(&call).await {
            Ok(profile) => Ok(Some(Profile(profile))),
            Err(problem) if problem.kind == ErrorKind::NotFound => Ok(None),
            Err(problem) => Err(ctx.refuse(problem, "auth")),
        }
    }

    /// Where you are signed in.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        let call = ctx.member::<ReadAccount>()?;
        let sessions = ctx.backend().clients.list_sessions(&call).await;
        let sessions = sessions.map_err(|problem| ctx.refuse(problem, "auth"))?;
        Ok(Some(sessions.into_iter().map(Session).collect()))
    }

    /// Your keys for programs.
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Option<Vec<ApiKey>>> {
        let call = ctx.account::<ReadAccount>()?;
        let keys = ctx.backend().clients.list_api_keys(&call).await;
        let keys = keys.map_err(|problem| ctx.refuse(problem, "auth"))?;
        Ok(Some(keys.into_iter().map(ApiKey).collect()))
    }

    /// What happened to your account, newest first.
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many: 1 to 100.", default_with = "Some(PAGE_DEFAULT)")] first: Option<i64>,
    ) -> Result<Option<Page<AuditEvent>>> {
        let call = ctx.member::<ReadAccount>()?;
        let asked = parse_page(first, after).map_err(|error| ctx.fail(error))?;
        let message = ListAuditEventsRequest {
            page_size: asked.size,
            page_token: asked.token.clone(),
        };
        let list = ctx.backend().clients.list_audit_events(&call, message).await;
        let list = list.map_err(|problem| ctx.fail(refuse_page(problem, "auth")))?;
        let rows = list.events.into_iter().map(|mut event| {
            let cursor = std::mem::take(&mut event.page_token);
            (cursor, AuditEvent(event))
        });

        Ok(Some(asked.page(rows, !list.next_page_token.is_empty())))
    }
}
