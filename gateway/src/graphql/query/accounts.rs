//! Your account: where you are signed in, your keys, your profile, and what happened.

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments};
use proto::v1::ListAuditEventsRequest;

use crate::{
    graphql::{
        Ask,
        connection::parse_page,
        object::account::{ApiKey, AuditEvent, Profile, Session},
    },
    operation::{
        api_keys::ListApiKeys, audit::ListAuditEvents, oauth::ListOauthProviders, profiles::GetProfile,
        sessions::ListSessions,
    },
};

#[derive(Default)]
pub(crate) struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// Your profile; null while you have none. The same is `me { profile }`.
    async fn profile(&self, ctx: &Context<'_>) -> Result<Option<Profile>> {
        find_profile(ctx).await
    }

    /// The providers that somebody can sign in with here, e.g. `github`.
    async fn oauth_providers(&self, ctx: &Context<'_>) -> Result<Option<Vec<String>>> {
        Ok(Some(ctx.door().await?.perform(ListOauthProviders).await?))
    }

    /// The places where you are signed in. The same is `me { sessions }`.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        list_sessions(ctx).await
    }

    /// Your keys for programs. The same is `me { apiKeys }`.
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Option<Vec<ApiKey>>> {
        list_api_keys(ctx).await
    }

    /// What happened to your account, newest first. The same is `me { auditEvents }`.
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only events after the row with this cursor.")] after: Option<String>,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
    ) -> Result<Option<Page<AuditEvent>>> {
        list_audit_events(ctx, first, after).await
    }
}

pub(crate) async fn find_profile(ctx: &Context<'_>) -> Result<Option<Profile>> {
    let profile = ctx.door().await?.find(GetProfile).await?;
    Ok(profile.map(Profile))
}

pub(crate) async fn list_sessions(ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
    let sessions = ctx.door().await?.perform(ListSessions).await?;
    Ok(Some(sessions.into_iter().map(Session).collect()))
}

pub(crate) async fn list_api_keys(ctx: &Context<'_>) -> Result<Option<Vec<ApiKey>>> {
    let keys = ctx.door().await?.perform(ListApiKeys).await?;
    Ok(Some(keys.into_iter().map(ApiKey).collect()))
}

pub(crate) async fn list_audit_events(
    ctx: &Context<'_>,
    first: Option<i64>,
    after: Option<String>,
) -> Result<Option<Page<AuditEvent>>> {
    let door = ctx.door::<ListAuditEvents>().await?;
    let arguments = PageArguments {
        first,
        after,
        ..PageArguments::default()
    };
    let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;
    let request = ListAuditEventsRequest {
        page_size: asked.size,
        page_token: asked.token.clone(),
    };
    let list = door.perform(ListAuditEvents(request)).await?;

    let rows = list.events.into_iter().map(|mut event| {
        let cursor = std::mem::take(&mut event.page_token);
        (cursor, AuditEvent(event))
    });

    Ok(Some(asked.page(rows, !list.next_page_token.is_empty())))
}
