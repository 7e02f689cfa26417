//! Who asks.

use async_graphql::{Context, Enum, Object, Result};

use chrono::DateTime;
use proto::{Timestamp, v1::GetUsageRequest};

use gql::connection::{PAGE_DEFAULT, Page};

use super::{
    account::{ApiKey, AuditEvent, Profile, Session, User},
    backup::{
        Backup, BackupDevice, BackupQuota, BackupRetention, BackupRetentionInput, BackupRetentionPreview,
    },
    billing::{BillingSubscription, Plan},
    spending::{Budget, MonthUsage},
};
use crate::{
    error::ApiError,
    graphql::{
        Ask,
        query::accounts,
        scalar::{DateTimeInput, Id},
    },
    identity::RequestContext,
    operation::{
        accounts::GetMe,
        backup_retention::{GetBackupRetention, ListBackupDevices, PreviewBackupRetention},
        backups::{GetBackupQuota, ListBackups},
        billing::{GetPlan, GetSubscription},
        spending::{GetUsage, ListBudgets},
    },
};

/// What an account may do, from least to most.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kit::actor::Tier")]
pub(crate) enum Tier {
    /// The tier that costs nothing.
    Free,
    /// The first tier that is paid for.
    Pro,
    /// The tier for one person who needs more.
    Power,
    /// The tier for several people together.
    Team,
}

pub(crate) struct Viewer(pub(crate) RequestContext);

/// You, as the server knows you: whoever asks.
#[Object]
impl Viewer {
    /// Your id, which your `account` and your `profile` have too.
    pub(crate) async fn id(&self) -> Id<'_> {
        self.0.actor.user_id.into()
    }

    /// Whether you have no account. What a guest makes can be read by whoever knows its id.
    async fn is_guest(&self) -> bool {
        self.0.actor.guest
    }

    /// The tier that you are on, which says how much you may do.
    async fn tier(&self) -> Tier {
        self.0.actor.tier.into()
    }

    /// Your account as it is kept; null for a guest without a session.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        if !self.0.auth_method.is_signed_in() {
            return Ok(None);
        }
        let user = ctx.door().await?.perform(GetMe).await?;
        Ok(Some(User(user)))
    }

    /// What your tier contains; null for a guest without a session.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Option<Plan>> {
        if !self.0.auth_method.is_signed_in() {
            return Ok(None);
        }
        let plan = ctx.door().await?.perform(GetPlan).await?;
        Ok(Some(plan.into()))
    }

    /// What you have bought; null when that is nothing.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<BillingSubscription>> {
        if !self.0.auth_method.is_signed_in() || self.0.actor.guest {
            return Ok(None);
        }
        let found = ctx.door().await?.perform(GetSubscription).await?;
        Ok(found.map(BillingSubscription::from))
    }

    /// What you used of models and voices in a calendar month, in UTC; null for a guest without a session.
    async fn usage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A moment in the month; this month when left out.")] at: Option<DateTimeInput>,
    ) -> Result<Option<MonthUsage>> {
        if !self.0.auth_method.is_signed_in() {
            return Ok(None);
        }
        let at = at.map(|at| parse_time(&at.0)).transpose();
        let at = at.map_err(|error| ctx.fail(error))?;
        let usage = ctx
            .door()
            .await?
            .perform(GetUsage(GetUsageRequest { at }))
            .await?;
        Ok(Some(usage.into()))
    }

    /// The bounds for what calls made for you may use: your own, those over you, and the server's.
    async fn budgets(&self, ctx: &Context<'_>) -> Result<Option<Vec<Budget>>> {
        if !self.0.auth_method.is_signed_in() {
            return Ok(None);
        }
        let budgets = ctx.door().await?.perform(ListBudgets).await?;
        Ok(Some(budgets.into_iter().map(Budget::from).collect()))
    }

    /// What you show of yourself; null while you have made no profile.
    async fn profile(&self, ctx: &Context<'_>) -> Result<Option<Profile>> {
        accounts::find_profile(ctx).await
    }

    /// The places where you are signed in.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        accounts::list_sessions(ctx).await
    }

    /// Your keys for programs, without their secrets.
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Option<Vec<ApiKey>>> {
        accounts::list_api_keys(ctx).await
    }

    /// The backups of your devices, newest first.
    async fn backups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: 1 to 1000; 20 when left out.", default = 20)] limit: u32,
        #[graphql(desc = "How many to pass over.", default)] offset: u32,
    ) -> Result<Option<Vec<Backup>>> {
        let list = ListBackups {
            limit: Some(limit),
            offset,
        };
        let backups = ctx.door().await?.perform(list).await?;

        Ok(Some(backups.into_iter().map(Backup::from).collect()))
    }

    /// The devices whose backups you keep here, the one that was heard of last first.
    async fn backup_devices(&self, ctx: &Context<'_>) -> Result<Option<Vec<BackupDevice>>> {
        let devices = ctx.door().await?.perform(ListBackupDevices).await?;
        Ok(Some(devices.into_iter().map(BackupDevice::from).collect()))
    }

    /// The rules that say which of your backups are kept.
    async fn backup_retention(&self, ctx: &Context<'_>) -> Result<Option<BackupRetention>> {
        let rules = ctx.door().await?.perform(GetBackupRetention).await?;
        Ok(Some(rules.into()))
    }

    /// What such rules would keep and delete now. Changes nothing.
    async fn backup_retention_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rules to look at.")] rules: BackupRetentionInput,
    ) -> Result<Option<BackupRetentionPreview>> {
        let preview = PreviewBackupRetention(rules.into());
        let preview = ctx.door().await?.perform(preview).await?;

        Ok(Some(preview.into()))
    }

    /// How much room there is for your backups, and how much of it is taken.
    async fn backup_quota(&self, ctx: &Context<'_>) -> Result<Option<BackupQuota>> {
        let quota = ctx.door().await?.perform(GetBackupQuota).await?;

        Ok(Some(quota.into()))
    }

    /// What happened to your account, newest first.
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
        accounts::list_audit_events(ctx, first, after).await
    }
}

fn parse_time(text: &str) -> Result<Timestamp, ApiError> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| {
        let expected = "expected a moment as RFC 3339 writes it";
        ApiError::field("at", "value_error", expected)
    })?;

    Ok(Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    })
}
