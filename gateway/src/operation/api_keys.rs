//! Keys for programs: seen, made, given a new secret, and revoked.

use proto::v1::{ApiKey, ApiKeyRequest, CreateApiKeyRequest, CreatedApiKey, ListApiKeysRequest};
use tonic::Status;
use uuid::Uuid;

use super::{Effects, Field, Operation, Service, caller_kind::AccountHolder};
use crate::{
    identity::{ReadAccount, RequestContext, ScopeName, WriteAccount},
    services::Services,
};

pub(crate) struct ListApiKeys;

impl Operation for ListApiKeys {
    type Caller = AccountHolder;
    type Scope = ReadAccount;
    type Output = Vec<ApiKey>;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Query("apiKeys");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let list = services
            .accounts(context)
            .list_api_keys(ListApiKeysRequest {})
            .await?;
        Ok(list.into_inner().keys)
    }
}

/// A key with its secret, which is shown this one time.
pub(crate) struct NewApiKey {
    pub(crate) key: ApiKey,
    pub(crate) secret: String,
}

impl NewApiKey {
    fn read(created: CreatedApiKey) -> Result<Self, Status> {
        let key = created.key.ok_or_else(|| {
            tracing::error!("a new key was answered without itself");
            Status::internal("")
        })?;

        Ok(Self {
            key,
            secret: created.secret,
        })
    }
}

pub(crate) struct CreateApiKey {
    pub(crate) name: String,
    pub(crate) scopes: Vec<ScopeName>,
    pub(crate) expires_at: Option<String>,
}

impl Operation for CreateApiKey {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = NewApiKey;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("createApiKey");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let scopes = self.scopes.iter().map(|scope| scope.as_str().to_owned());
        let request = CreateApiKeyRequest {
            name: self.name,
            scopes: scopes.collect(),
            expires_at: self.expires_at.unwrap_or_default(),
            client: Some(context.client.to_proto()),
        };
        let created = services.accounts(context).create_api_key(request).await?;

        NewApiKey::read(created.into_inner())
    }
}

pub(crate) struct RegenerateApiKey {
    pub(crate) id: Uuid,
}

impl Operation for RegenerateApiKey {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = NewApiKey;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("regenerateApiKey");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = name_key(self.id, context);
        let created = services.accounts(context).regenerate_api_key(request).await?;

        NewApiKey::read(created.into_inner())
    }

    /// The old secret works no more.
    fn effects(_: &Self::Output, context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id)
    }
}

pub(crate) struct RevokeApiKey {
    pub(crate) id: Uuid,
}

impl Operation for RevokeApiKey {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = ApiKey;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("revokeApiKey");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = name_key(self.id, context);
        let revoked = services.accounts(context).revoke_api_key(request).await?;

        Ok(revoked.into_inner())
    }

    fn effects(_: &Self::Output, context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id)
    }
}

fn name_key(id: Uuid, context: &RequestContext) -> ApiKeyRequest {
    ApiKeyRequest {
        id: id.to_string(),
        client: Some(context.client.to_proto()),
    }
}
