//! Profiles: what somebody shows of themselves.

use async_graphql::Enum;
use proto::v1::{GetProfileRequest, Profile, PutProfileRequest};
use serde::{Deserialize, Serialize};
use tonic::Status;
use utoipa::ToSchema;

use super::{Field, Operation, Service, caller_kind::SignedIn};
use crate::{
    identity::{ReadAccount, RequestContext, WriteAccount},
    services::Services,
};

pub(crate) struct GetProfile;

impl Operation for GetProfile {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = Profile;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Query("profile");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Profile, Status> {
        let profile = services
            .accounts(context)
            .get_profile(GetProfileRequest {})
            .await?;
        Ok(profile.into_inner())
    }
}

/// How much somebody knows already.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema, Enum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SkillLevel {
    /// Somebody who is new to programming.
    Beginner,
    /// Somebody who has programmed for a while.
    Intermediate,
    /// Somebody who is at home in programming.
    Advanced,
}

impl SkillLevel {
    /// The level that services call so; `None` for no level, and for a word that is not known here.
    pub(crate) fn read(word: &str) -> Option<Self> {
        let all = [Self::Beginner, Self::Intermediate, Self::Advanced];
        all.into_iter().find(|level| level.as_str() == word)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
}

/// What is missing stays.
pub(crate) struct PutProfile {
    pub(crate) username: Option<String>,
    pub(crate) full_name: Option<String>,
    pub(crate) avatar_url: Option<String>,
    pub(crate) skill_level: Option<SkillLevel>,
}

impl Operation for PutProfile {
    type Caller = SignedIn;
    type Scope = WriteAccount;
    type Output = Profile;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("updateProfile");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Profile, Status> {
        let request = PutProfileRequest {
            username: self.username,
            full_name: self.full_name,
            avatar_url: self.avatar_url,
            skill_level: self.skill_level.map(|level| level.as_str().to_owned()),
            client: Some(context.client.to_proto()),
        };
        let profile = services.accounts(context).put_profile(request).await?;

        Ok(profile.into_inner())
    }
}
