//! Agents over REST: which there are, what they take and give, and one of them at work.

use std::{sync::Arc, time::Duration};

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    agent_answer::{AgentAnswer, Asked, answer_with},
    answers::{Invalid, StreamedEvent},
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::{
        Operation,
        agents::{ExecuteAgent, GetAgent, ListAgents},
    },
    stream::thinking::{Finished, Thinking},
    view::agents::{AgentItem, AgentSchemas, AgentWork},
};

/// The agents that you may run.
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents",
    responses((status = 200, description = "The agents, by their names", body = Vec<AgentItem>)))]
pub(crate) async fn list_agents(door: Door<ListAgents>) -> Result<Answer<Vec<AgentItem>>, ApiError> {
    let agents = door.perform(ListAgents).await?;
    Ok(Answer(agents.into_iter().map(AgentItem::from).collect()))
}

/// What an agent takes and gives.
#[utoipa::path(get, path = "/api/v1/agents/{type}/schema", tag = "agents",
    params(("type" = String, Path, description = "Its name; the part behind the dot is enough while it is clear",
        example = "codestory.intent")),
    responses(
        (status = 200, description = "Its schemas", body = AgentSchemas),
        (status = 404, description = "No such agent", body = ErrorBody),
        (status = 422, description = "Several agents have that short name", body = ErrorBody)))]
pub(crate) async fn get_agent_schema(
    door: Door<GetAgent>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Answer<AgentSchemas>, ApiError> {
    let name = parse_name(name)?;
    let agent = door.perform(GetAgent { name }).await?;

    Ok(Answer(AgentSchemas::new(agent)?))
}

/// A task for an agent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "input": { "repo_url": "https://github.com/expressjs/express", "message": "How does routing work?" }
}))]
pub(crate) struct ExecuteRequest {
    /// What fits the agent's input schema.
    #[schema(value_type = Object)]
    input: Value,
}

/// Have an agent do one task.
///
/// By default one JSON object when it is done. With `Accept: text/event-stream`: events `log`, `token` (`{"text"}`) and at the
/// end `final` (the same object) or `error`. With `Accept: application/x-ndjson`: the same as lines `{"type","data"}`. Who
/// goes away stops the work.
#[utoipa::path(post, path = "/api/v1/agents/{type}/execute", tag = "agents", request_body = ExecuteRequest,
    params(("type" = String, Path, description = "Its name; the part behind the dot is enough while it is clear",
        example = "codestory.intent")),
    responses(
        (status = 200, description = "What it made", content(
            (AgentWork = "application/json"),
            (StreamedEvent = "text/event-stream", example = "event: token\ndata: {\"text\":\"I'll \"}\n\n"),
            (String = "application/x-ndjson", example = "{\"type\":\"token\",\"data\":{\"text\":\"I'll \"}}\n"))),
        (status = 403, description = "This credential may not do that, or the agent is not for you (`FEATURE_NOT_AVAILABLE`, \
            `AGENT_FOR_PRODUCTS`)", body = ErrorBody),
        (status = 404, description = "No such agent", body = ErrorBody),
        Invalid,
        (status = 500, description = "The agent failed (`AGENT_EXECUTION_ERROR`)", body = ErrorBody),
        (status = 503, description = "Not available now, or what the agent made does not fit its output schema \
            (`AGENT_OUTPUT_INVALID`)", body = ErrorBody),
        (status = 504, description = "The agent took too long", body = ErrorBody)))]
pub(crate) async fn execute_agent(
    State(app): State<Arc<App>>,
    door: Door<ExecuteAgent>,
    headers: HeaderMap,
    name: Result<Path<String>, PathRejection>,
    Json(body): Json<ExecuteRequest>,
) -> Result<Response, ApiError> {
    let name = parse_name(name)?;
    let operation = ExecuteAgent {
        name: name.clone(),
        input: body.input.to_string(),
    };
    let events = door.perform(operation).await?;
    let thinking = Thinking::begin(name, events, ExecuteAgent::refuse).await?;

    let asked = Asked {
        headers: &headers,
        request_id: door.context.request_id.clone(),
        quiet: Duration::from_secs(app.config.stream.comment_seconds),
    };
    answer_with::<AgentWork>(thinking, asked).await
}

impl AgentAnswer for AgentWork {
    fn read(finished: &Finished) -> Result<Self, ApiError> {
        Self::read(finished)
    }
}

fn parse_name(name: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    let Path(name) = name.map_err(|_| ApiError::not_found("There is no such agent."))?;
    Ok(name)
}
