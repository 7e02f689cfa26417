//! The products' own variable names for our keys (contract row 78 and the environment lists of Part 2).

use kit::config::Alias;

/// Names so common that other programs use them with other values.
fn is_environment(value: &str) -> bool {
    matches!(value, "development" | "production")
}

/// Celery's broker may be Redis as well, which is none for us.
fn is_amqp(value: &str) -> bool {
    value.starts_with("amqp://") || value.starts_with("amqps://")
}

pub(crate) const ALIASES: &[Alias] = &[
    Alias {
        env: "ENV",
        key: "env",
        is_ours: is_environment,
    },
    Alias {
        env: "ENVIRONMENT",
        key: "env",
        is_ours: is_environment,
    },
    Alias::new("DATABASE_URL", "database.url"),
    Alias::new("AMQP_URL", "bus.url"),
    Alias {
        env: "CELERY_BROKER_URL",
        key: "bus.url",
        is_ours: is_amqp,
    },
    Alias::new("REDIS_URL", "redis.url"),
    Alias::new("NEO4J_URI", "knowledge.uri"),
    Alias::new("NEO4J_USER", "knowledge.user"),
    Alias::new("NEO4J_PASSWORD", "knowledge.password"),
    Alias::new("S3_ENDPOINT", "blobs.endpoint"),
    Alias::new("AWS_S3_BUCKET", "blobs.bucket"),
    Alias::new("S3_BUCKET", "blobs.bucket"),
    Alias::new("AWS_REGION", "blobs.region"),
    Alias::new("S3_REGION", "blobs.region"),
    Alias::new("AWS_ACCESS_KEY_ID", "blobs.access_key_id"),
    Alias::new("AWS_SECRET_ACCESS_KEY", "blobs.secret_access_key"),
    Alias::new("OPENAI_API_KEY", "models.providers.openai.api_key"),
    Alias::new("OPENAI_BASE_URL", "models.providers.openai.base_url"),
    Alias::new("ANTHROPIC_API_KEY", "models.providers.anthropic.api_key"),
    Alias::new("GEMINI_API_KEY", "models.providers.gemini.api_key"),
    Alias::new("GOOGLE_API_KEY", "models.providers.gemini.api_key"),
    Alias::new("ELEVENLABS_API_KEY", "voice.elevenlabs_api_key"),
    Alias::new("GITHUB_TOKEN", "analysis.github_token"),
    Alias::new("JWT_SECRET", "auth.jwt_secret"),
    Alias::new("JWT_ALGORITHM", "auth.jwt_algorithm"),
    Alias::new("STRIPE_SECRET_KEY", "billing.stripe_secret_key"),
    Alias::new("STRIPE_WEBHOOK_SECRET", "billing.stripe_webhook_secret"),
    Alias::new("SMTP_URL", "auth.mail.smtp_url"),
    Alias::new("MAIL_FROM", "auth.mail.from"),
    Alias::new("SUPABASE_URL", "auth.issuers.supabase.supabase_url"),
    Alias::new("SUPABASE_JWT_SECRET", "auth.issuers.supabase.secret"),
    Alias::new("GITHUB_CLIENT_ID", "auth.oauth.github.client_id"),
    Alias::new("GITHUB_CLIENT_SECRET", "auth.oauth.github.client_secret"),
    Alias::new("GOOGLE_CLIENT_ID", "auth.oauth.google.client_id"),
    Alias::new("GOOGLE_CLIENT_SECRET", "auth.oauth.google.client_secret"),
    Alias::new("AGENT_TIMEOUT", "codeforge.agent_timeout_seconds"),
    Alias::new("MAX_AGENT_ITERATIONS", "codeforge.max_iterations"),
    Alias::new("CODE_STORY_ALLOW_ANONYMOUS", "gateway.allow_anonymous"),
    Alias::new("CORS_ORIGINS", "gateway.cors_origins"),
    Alias::new("ALLOWED_ORIGINS", "gateway.cors_origins"),
    Alias::new("LOG_LEVEL", "telemetry.log"),
    Alias::new("SENTRY_DSN", "telemetry.sentry_dsn"),
];
