//! The whole route table on one screen, and the order of the layers around it.

use std::sync::Arc;

use axum::{Router, body::Body, middleware, routing::get};
use tower::{Layer, util::MapRequestLayer};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    admission,
    app::App,
    graphql::{graphiql, transport},
    identity::browser::ACCESS_COOKIE,
    layers, page,
    rest::{account, api_keys, audit, auth, chat, docs, health, media, oauth, profiles, sessions, stories},
    stream,
};

/// What the document says beside the routes.
#[derive(OpenApi)]
#[openapi(
    info(title = "Saga", description = "One backend for stories, agents and long-running work."),
    servers((url = "/")),
    components(schemas(stories::KindFilter, auth::SessionPlace, auth::Scope)),
    modifiers(&Credentials),
    security((), ("bearer" = []), ("api_key" = []), ("session" = [])),
    tags(
        (name = "stories", description = "A repository becomes a narrated story"),
        (name = "chat", description = "What does a message ask for?"),
        (name = "accounts", description = "Who you are, and how you sign in"),
        (name = "media", description = "Audio, covers and texts"),
        (name = "health", description = "Is it well?"),
    )
)]
struct Document;

/// How a client says who it is; a guest says nothing.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An access token, a token of a trusted issuer, or an API key.",
            ));

        let key = ApiKeyValue::with_description("X-API-Key", "An API key.");
        let session = ApiKeyValue::with_description(
            ACCESS_COOKIE,
            "The session of a browser. What changes something also sends the cookie `csrf_token` as `X-CSRF-Token`.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}

/// Routes that answer and are done: bounded in time.
fn answers() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(health::health))
        .routes(routes!(health::health_v1))
        .routes(routes!(health::health_short))
        .routes(routes!(stories::list_stories))
        .routes(routes!(stories::generate_story))
        .routes(routes!(stories::get_story))
        .routes(routes!(stories::restart_story))
        .routes(routes!(stories::cancel_story))
        .merge(accounts())
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::page))
        .route("/docs/{name}", get(docs::page_asset))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/{name}", get(graphiql::file))
        .route("/", get(page::index))
        .route("/page/{name}", get(page::file))
}

/// Signing in and out, and what belongs to an account.
fn accounts() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::guest))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::jwks))
        .routes(routes!(oauth::begin_oauth))
        .routes(routes!(oauth::finish_oauth))
        .routes(routes!(account::me, account::delete_me))
        .routes(routes!(account::change_email))
        .routes(routes!(account::change_password))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::revoke_session))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(api_keys::regenerate_api_key))
        .routes(routes!(
            profiles::get_profile,
            profiles::create_profile,
            profiles::put_profile
        ))
        .routes(routes!(profiles::get_my_profile, profiles::put_my_profile))
        .routes(routes!(audit::list_audit_events))
}

/// Routes that last as long as somebody listens.
fn streams() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(chat::chat_intent))
        .routes(routes!(media::get_media))
        .routes(routes!(stream::stories::story_events))
        .routes(routes!(stream::stories::progress))
        .routes(routes!(stream::stories::story_socket))
        .route(transport::PATH, transport::route())
}

/// The OpenAPI 3.1 document of all routes.
pub fn document() -> openapi::OpenApi {
    answers().merge(streams()).split_for_parts().1
}

pub(crate) fn build(app: Arc<App>) -> Router {
    let bounded = middleware::from_fn_with_state(Arc::clone(&app), layers::time_limit);
    let origins = app.config.cors_origins.clone();
    let admitted = middleware::from_fn_with_state(Arc::clone(&app), admission::admit);
    let (routes, _) = answers().layer(bounded).merge(streams()).split_for_parts();
    wrap(routes.layer(admitted).with_state(app), origins)
}

/// What every route gets, from the inside out.
pub(crate) fn wrap(routes: Router, cors_origins: Vec<String>) -> Router {
    let routes = routes
        .fallback(layers::nowhere)
        .method_not_allowed_fallback(layers::wrong_method)
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(middleware::from_fn(layers::measured))
        .layer(layers::compression())
        .layer(layers::cors(cors_origins))
        .layer(middleware::from_fn(layers::request_id));

    // Around the router, not in it: the path must be right before it is routed.
    let rewrite = MapRequestLayer::new(
        layers::without_trailing_slash as fn(http::Request<Body>) -> http::Request<Body>,
    );

    Router::new().fallback_service(rewrite.layer(routes))
}
