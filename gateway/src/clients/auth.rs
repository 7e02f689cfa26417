//! Auth-svc's `Auth`: signing in, and whose a credential is.

use std::time::Duration;

use kit::Problem;
use proto::v1::{
    AuthenticateRequest, Authenticated, BeginOauthRequest, BeginOauthResponse, CheckSessionRequest,
    CreateGuestRequest, FinishOauthRequest, GetJwksRequest, Grant, Jwks, LoginRequest, LogoutRequest,
    LogoutResponse, RefreshRequest, RefreshResponse, RegisterRequest,
};

use super::{Clients, GRACE, within};
use crate::identity::Call;

/// Longest wait for an answer that every request of a caller waits for.
const CHECK: Duration = Duration::from_secs(5);

impl Clients {
    pub(crate) async fn register(&self, call: &Call, message: RegisterRequest) -> Result<Grant, Problem> {
        let request = self.request(call, message);
        self.answer(self.auth.clone().register(request)).await
    }

    pub(crate) async fn login(&self, call: &Call, message: LoginRequest) -> Result<Grant, Problem> {
        let request = self.request(call, message);
        self.answer(self.auth.clone().login(request)).await
    }

    pub(crate) async fn create_guest(
        &self,
        call: &Call,
        message: CreateGuestRequest,
    ) -> Result<Grant, Problem> {
        let request = self.request(call, message);
        self.answer(self.auth.clone().create_guest(request)).await
    }

    pub(crate) async fn refresh(
        &self,
        call: &Call,
        message: RefreshRequest,
    ) -> Result<RefreshResponse, Problem> {
        let request = self.request(call, message);
        self.answer(self.auth.clone().refresh(request)).await
    }

    pub(crate) async fn logout(
        &self,
        call: &Call,
        message: LogoutRequest,
    ) -> Result<LogoutResponse, Problem> {
        let request = self.request(call, message);
        self.answer(self.auth.clone().logout(request)).await
    }

    pub(crate) async fn authenticate(
        &self,
        call: &Call,
        message: AuthenticateRequest,
    ) -> Result<Authenticated, Problem> {
        let request = self.request_within(call, CHECK, message);
        within(CHECK + GRACE, self.auth.clone().authenticate(request)).await
    }

    pub(crate) async fn check_session(
        &self,
        call: &Call,
        message: CheckSessionRequest,
    ) -> Result<Authenticated, Problem> {
        let request = self.request_within(call, CHECK, message);
        within(CHECK + GRACE, self.auth.clone().check_session(request)).await
    }

    pub(crate) async fn get_jwks(&self, call: &Call) -> Result<Jwks, Problem> {
        let request = self.request_within(call, CHECK, GetJwksRequest {});
        within(CHECK + GRACE, self.auth.clone().get_jwks(request)).await
    }

    pub(crate) async fn begin_oauth(
        &self,
        call: &Call,
        message: BeginOauthRequest,
    ) -> Result<BeginOauthResponse, Problem> {
        let request = self.request(call, message);
        self.answer(self.auth.clone().begin_oauth(request)).await
    }

    pub(crate) async fn finish_oauth(
        &self,
        call: &Call,
        message: FinishOauthRequest,
    ) -> Result<Grant, Problem> {
        let request = self.request(call, message);
        self.answer(self.auth.clone().finish_oauth(request)).await
    }
}
