//! Signing in with a provider, and adding one to an account.

use proto::v1::{
    BeginOauthRequest, BeginOauthResponse, CancelOauthRequest, FinishOauthRequest, ListOauthProvidersRequest,
};
use tonic::Status;
use uuid::Uuid;

use super::{
    Effects, Field, Operation, Service,
    caller_kind::{SignedIn, Visitor, Whoever},
    sign_in::{SessionPlace, SignInOutcome},
};
use crate::{
    identity::{RequestContext, Unscoped, WriteAccount},
    services::Services,
};

/// The providers that somebody can sign in with.
pub(crate) struct ListOauthProviders;

impl Operation for ListOauthProviders {
    type Caller = Visitor;
    type Scope = Unscoped;
    /// Their names.
    type Output = Vec<String>;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Query("oauthProviders");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let listed = services
            .auth(context)
            .list_oauth_providers(ListOauthProvidersRequest {})
            .await?;

        Ok(listed.into_inner().names)
    }
}

/// The way to a provider.
pub(crate) struct ProviderVisit {
    pub(crate) provider: String,
    /// Where the provider sends the browser back to.
    pub(crate) redirect_url: String,
    /// Where the browser goes then; empty for nowhere.
    pub(crate) return_to: String,
}

impl ProviderVisit {
    async fn begin(
        self,
        services: &Services,
        context: &RequestContext,
        link: bool,
    ) -> Result<BeginOauthResponse, Status> {
        let request = BeginOauthRequest {
            provider: self.provider,
            redirect_url: self.redirect_url,
            return_to: self.return_to,
            link,
        };
        let begun = services.auth(context).begin_oauth(request).await?;

        Ok(begun.into_inner())
    }
}

/// Begins to sign somebody in.
pub(crate) struct BeginOauth(pub(crate) ProviderVisit);

impl Operation for BeginOauth {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = BeginOauthResponse;

    const SERVICE: Service = Service::Auth;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        self.0.begin(services, context, false).await
    }
}

/// Begins to add the provider to the account of who has signed in.
pub(crate) struct LinkProvider(pub(crate) ProviderVisit);

impl Operation for LinkProvider {
    type Caller = SignedIn;
    type Scope = WriteAccount;
    type Output = BeginOauthResponse;

    const SERVICE: Service = Service::Auth;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        self.0.begin(services, context, true).await
    }
}

/// Takes somebody back from a provider who was not signed in there.
pub(crate) struct CancelOauth {
    pub(crate) provider: String,
    pub(crate) redirect_url: String,
    pub(crate) state: String,
}

impl Operation for CancelOauth {
    type Caller = Whoever;
    type Scope = Unscoped;
    /// The path to go back to.
    type Output = String;

    const SERVICE: Service = Service::Auth;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = CancelOauthRequest {
            provider: self.provider,
            redirect_url: self.redirect_url,
            state: self.state,
        };
        let cancelled = services.auth(context).cancel_oauth(request).await?;

        Ok(cancelled.into_inner().return_to)
    }
}

/// Takes somebody back from a provider. The session goes into cookies when the browser goes on to a page.
pub(crate) struct FinishOauth {
    pub(crate) provider: String,
    pub(crate) redirect_url: String,
    pub(crate) state: String,
    pub(crate) code: String,
}

impl Operation for FinishOauth {
    type Caller = Whoever;
    type Scope = Unscoped;
    type Output = SignInOutcome;

    const SERVICE: Service = Service::Auth;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = FinishOauthRequest {
            provider: self.provider,
            redirect_url: self.redirect_url,
            state: self.state,
            code: self.code,
            client: Some(context.client.to_proto()),
        };
        let response = services.auth(context).finish_oauth(request).await?.into_inner();

        SignInOutcome::read(response, |grant| match grant.return_to.is_empty() {
            true => SessionPlace::Body,
            false => SessionPlace::Cookie,
        })
    }

    /// The provider may have been added to an account that is known here, and the account may have lost every way in but
    /// this one: what is remembered of it must not outlive that.
    fn effects(signed_in: &SignInOutcome, context: &RequestContext) -> Effects {
        let user = match signed_in {
            SignInOutcome::Entered(session) => session.grant.user.as_ref(),
            SignInOutcome::Challenged(_) => None,
        };
        let account = user.and_then(|user| Uuid::try_parse(&user.id).ok());

        Effects::change_account(context.actor.user_id)
            .and_accounts(account)
            .set_cookies(signed_in.effects(context).cookies)
    }
}
