//! The `[models]` section of the configuration and its check: providers, routes, aliases, prices and limits as data.
//! Turns names into routes of models that have a configured provider. It never talks to anyone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::request::OwnKey;
use super::usage::Price;

/// Name of the catalog entry that stands for every model without one of its own.
const ANY_MODEL: &str = "*";
/// Name of the route for classes without one of their own.
const ANY_CLASS: &str = "default";

/// Tables of the section that are maps: a configuration may add entries to them.
pub const OPEN_TABLES: [&str; 4] = [
    "models.providers",
    "models.aliases",
    "models.routes",
    "models.catalog",
];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelsConfig {
    pub connect_timeout_ms: u64,
    /// Until the response headers of a provider.
    pub first_byte_timeout_ms: u64,
    /// Between two pieces of a streamed answer.
    pub idle_timeout_ms: u64,
    /// One call with all its retries and fallbacks.
    pub call_timeout_ms: u64,
    pub retry: RetryConfig,
    pub breaker: BreakerConfig,
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Short name → `provider/model`.
    pub aliases: BTreeMap<String, String>,
    /// Agent class → models in the order they are tried, each `provider/model` or an alias.
    pub routes: BTreeMap<String, Vec<String>>,
    /// `provider/model` → what that model takes and costs; `*` stands for all others.
    pub catalog: BTreeMap<String, ModelConfig>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryConfig {
    /// Calls of one model for one answer, the first included.
    pub attempts: u32,
    pub base_delay_ms: u64,
    pub max_delay_ms: u64,
    /// A `Retry-After` beyond this sends the call to the next route, when there is one.
    pub longest_wait_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerConfig {
    /// Transient failures in a row that open the breaker of a provider.
    pub failures: u32,
    pub open_ms: u64,
    /// Calls let through at once while half-open.
    pub probes: u32,
}

/// The wire dialect of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    OpenAi,
    Anthropic,
    Gemini,
    /// OpenAI's chat completions on another server; works without a key.
    Compatible,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    pub kind: ProviderKind,
    /// Empty means not set: the provider is left out of every route (a `compatible` one needs only its address).
    pub api_key: SecretString,
    pub base_url: String,
    /// When not empty, replaces the model of every route through this provider.
    pub model: String,
    /// False asks for whole answers, for servers that cannot stream.
    pub streaming: bool,
    /// False states the schema in the prompt only, for servers without structured output.
    pub json_schema: bool,
}

impl ProviderConfig {
    fn configured(&self) -> bool {
        match self.kind {
            ProviderKind::Compatible => !self.base_url.is_empty(),
            ProviderKind::OpenAi | ProviderKind::Anthropic | ProviderKind::Gemini => {
                !self.api_key.expose_secret().is_empty()
            }
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Output tokens asked for when a request names no number; thinking counts as output.
    pub max_tokens: u32,
    /// The most output tokens the model can write.
    pub max_tokens_limit: u32,
    /// 0 turns thinking off.
    pub thinking_budget_tokens: u32,
    /// Whether the model takes a temperature.
    pub temperature: bool,
    /// Sent with every call, such as beta flags.
    pub headers: BTreeMap<String, String>,
    /// Millionths of a US dollar for a million tokens.
    pub input_micro_usd_per_mtok: u64,
    pub output_micro_usd_per_mtok: u64,
}

/// Everything that is wrong with the section, at once.
#[derive(Debug, thiserror::Error)]
pub struct ModelsConfigError {
    pub problems: Vec<String>,
}

impl fmt::Display for ModelsConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the [models] configuration is wrong: {}",
            self.problems.join("; ")
        )
    }
}

/// A provider as the gateway uses it.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    pub(super) name: String,
    pub(super) kind: ProviderKind,
    pub(super) api_key: SecretString,
    pub(super) base_url: Url,
    pub(super) streaming: bool,
    pub(super) json_schema: bool,
}

/// A model on a configured provider.
#[derive(Debug)]
pub(super) struct Model {
    /// `provider/model`, the name in usage, logs and prices.
    pub(super) id: String,
    /// The name the provider knows it by.
    pub(super) name: String,
    pub(super) provider: Arc<Provider>,
    pub(super) config: ModelConfig,
}

impl Model {
    pub(super) fn price(&self) -> Price {
        Price {
            input_micro_usd_per_mtok: self.config.input_micro_usd_per_mtok,
            output_micro_usd_per_mtok: self.config.output_micro_usd_per_mtok,
        }
    }

    /// The same, asked with a caller's own key.
    fn asked_with(&self, key: &SecretString) -> Self {
        let provider = Provider {
            api_key: key.clone(),
            ..(*self.provider).clone()
        };

        Self {
            id: self.id.clone(),
            name: self.name.clone(),
            provider: Arc::new(provider),
            config: self.config.clone(),
        }
    }
}

/// Models without a configured provider are in neither of the first two.
#[derive(Debug)]
pub(super) struct Routes {
    /// Agent class → the models it may use, in order.
    classes: BTreeMap<String, Vec<Arc<Model>>>,
    /// The same with the models that this server has no key for: callers may bring their own.
    keyless: BTreeMap<String, Vec<Arc<Model>>>,
    /// `provider/model` of a route, or an alias → that model.
    names: BTreeMap<String, [Arc<Model>; 1]>,
    /// The same with the models that this server has no key for.
    keyless_names: BTreeMap<String, [Arc<Model>; 1]>,
}

impl Routes {
    /// The route of the class, of its longest prefix (`codestory` for `codestory.intent`), or of `default`.
    pub(super) fn models_of(&self, class: &str) -> &[Arc<Model>] {
        find_route(&self.classes, class)
    }

    /// The models of the class at one provider, asked with a caller's own key.
    pub(super) fn models_with(&self, class: &str, own: &OwnKey) -> Vec<Arc<Model>> {
        let route = find_route(&self.keyless, class).iter();
        let at_provider = route.filter(|model| model.provider.name == own.provider);

        at_provider
            .map(|model| Arc::new(model.asked_with(&own.key)))
            .collect()
    }

    /// The providers that a caller may bring a key for, of one class.
    pub(super) fn providers_of(&self, class: &str) -> BTreeSet<&str> {
        let route = find_route(&self.keyless, class).iter();
        route.map(|model| model.provider.name.as_str()).collect()
    }

    /// The route of exactly this class.
    pub(super) fn of_class(&self, class: &str) -> &[Arc<Model>] {
        self.classes.get(class).map_or(&[], Vec::as_slice)
    }

    /// One model by its name, as a route.
    pub(super) fn find_named(&self, name: &str) -> Option<&[Arc<Model>]> {
        self.names.get(name).map(|model| model.as_slice())
    }

    /// One model by its name, asked with a caller's own key; none when it is at another provider.
    pub(super) fn find_named_with(&self, name: &str, own: &OwnKey) -> Vec<Arc<Model>> {
        let named = self.keyless_names.get(name).into_iter().flatten();
        let at_provider = named.filter(|model| model.provider.name == own.provider);

        at_provider
            .map(|model| Arc::new(model.asked_with(&own.key)))
            .collect()
    }

    /// The provider of a model that callers may bring a key for.
    pub(super) fn find_provider_of(&self, name: &str) -> Option<&str> {
        let [model] = self.keyless_names.get(name)?;
        Some(&model.provider.name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.names.iter().map(|(name, [model])| (name.as_str(), &**model))
    }

    pub(super) fn providers(&self) -> BTreeSet<&str> {
        let in_routes = self.classes.values().flatten();
        let by_name = self.names.values().flatten();

        in_routes
            .chain(by_name)
            .map(|model| model.provider.name.as_str())
            .collect()
    }
}

/// The route of the class, of its longest prefix, or of `default`.
fn find_route<'a>(classes: &'a BTreeMap<String, Vec<Arc<Model>>>, class: &str) -> &'a [Arc<Model>] {
    let mut name = class;
    loop {
        if let Some(route) = classes.get(name) {
            return route;
        }
        match name.rsplit_once('.') {
            Some((prefix, _)) => name = prefix,
            None => return classes.get(ANY_CLASS).map_or(&[], Vec::as_slice),
        }
    }
}

impl ModelsConfig {
    pub(super) fn routes(&self) -> Result<Routes, ModelsConfigError> {
        let mut problems = self.number_problems();
        let providers = self.live_providers(&mut problems);
        let routes = self.resolve_routes(&providers, &mut problems);
        if !problems.is_empty() {
            return Err(ModelsConfigError { problems });
        }

        // What is wrong with a provider that is not used is nobody's problem: it is left out.
        let addressed = self
            .providers
            .iter()
            .filter(|(_, config)| !config.base_url.is_empty());
        let addressed = read_providers(addressed, &mut Vec::new());
        let keyless = self.resolve_routes(&addressed, &mut Vec::new());
        Ok(Routes {
            keyless_names: self.name_models(&keyless, &addressed),
            keyless,
            names: self.name_models(&routes, &providers),
            classes: routes,
        })
    }

    fn resolve_routes(
        &self,
        providers: &BTreeMap<&str, Arc<Provider>>,
        problems: &mut Vec<String>,
    ) -> BTreeMap<String, Vec<Arc<Model>>> {
        let mut routes = BTreeMap::new();
        for (class, names) in &self.routes {
            let mut models: Vec<Arc<Model>> = Vec::new();
            for name in names {
                match self.model(name, providers) {
                    Ok(Some(model)) if models.iter().all(|known| known.id != model.id) => {
                        models.push(Arc::new(model))
                    }
                    Ok(_) => {}
                    Err(problem) => problems.push(format!("models.routes.{class}: {problem}")),
                }
            }

            routes.insert(class.clone(), models);
        }

        routes
    }

    /// What is in a route, and what has an alias. An alias that leads nowhere was told where a route uses it.
    fn name_models(
        &self,
        routes: &BTreeMap<String, Vec<Arc<Model>>>,
        providers: &BTreeMap<&str, Arc<Provider>>,
    ) -> BTreeMap<String, [Arc<Model>; 1]> {
        let in_routes = routes.values().flatten();
        let mut names: BTreeMap<_, _> = in_routes
            .map(|model| (model.id.clone(), [Arc::clone(model)]))
            .collect();
        for alias in self.aliases.keys() {
            if let Ok(Some(model)) = self.model(alias, providers) {
                names.insert(alias.clone(), [Arc::new(model)]);
            }
        }

        names
    }

    fn number_problems(&self) -> Vec<String> {
        let positive = [
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("first_byte_timeout_ms", self.first_byte_timeout_ms),
            ("idle_timeout_ms", self.idle_timeout_ms),
            ("call_timeout_ms", self.call_timeout_ms),
            ("retry.attempts", self.retry.attempts.into()),
            ("breaker.failures", self.breaker.failures.into()),
            ("breaker.probes", self.breaker.probes.into()),
        ];

        let mut problems: Vec<String> = positive
            .iter()
            .filter(|(_, value)| *value == 0)
            .map(|(key, _)| format!("models.{key} must be greater than 0"))
            .collect();
        if !self.catalog.contains_key(ANY_MODEL) {
            problems.push(format!(
                "models.catalog needs an entry \"{ANY_MODEL}\" for models without one of their own"
            ));
        }

        for (id, model) in &self.catalog {
            if model.max_tokens == 0 || model.max_tokens > model.max_tokens_limit {
                problems.push(format!(
                    "models.catalog.\"{id}\".max_tokens must be from 1 to max_tokens_limit"
                ));
            }
        }

        problems
    }

    fn live_providers(&self, problems: &mut Vec<String>) -> BTreeMap<&str, Arc<Provider>> {
        read_providers(
            self.providers.iter().filter(|(_, config)| config.configured()),
            problems,
        )
    }

    /// `None` when the model's provider is known but not configured.
    fn model(&self, name: &str, live: &BTreeMap<&str, Arc<Provider>>) -> Result<Option<Model>, String> {
        let id = self.aliases.get(name).map_or(name, String::as_str);
        let (provider, model) = id
            .split_once('/')
            .filter(|(provider, model)| !provider.is_empty() && !model.is_empty())
            .ok_or_else(|| format!("\"{name}\" is neither an alias nor provider/model"))?;

        let config = self
            .providers
            .get(provider)
            .ok_or_else(|| format!("\"{name}\": no provider \"{provider}\""))?;
        let Some(provider) = live.get(provider) else {
            return Ok(None);
        };
        let model = if config.model.is_empty() {
            model
        } else {
            &config.model
        };
        let id = format!("{}/{model}", provider.name);
        let config = self
            .catalog
            .get(&id)
            .or_else(|| self.catalog.get(ANY_MODEL))
            .ok_or_else(|| format!("\"{id}\" is not in models.catalog"))?;

        Ok(Some(Model {
            id,
            name: model.to_owned(),
            provider: Arc::clone(provider),
            config: config.clone(),
        }))
    }

    pub(super) fn call_timeout(&self) -> Duration {
        Duration::from_millis(self.call_timeout_ms)
    }
}

fn read_providers<'a>(
    configs: impl Iterator<Item = (&'a String, &'a ProviderConfig)>,
    problems: &mut Vec<String>,
) -> BTreeMap<&'a str, Arc<Provider>> {
    let mut providers = BTreeMap::new();
    for (name, config) in configs {
        match base_url(&config.base_url) {
            Ok(base_url) => {
                let provider = Provider {
                    name: name.clone(),
                    kind: config.kind,
                    api_key: config.api_key.clone(),
                    base_url,
                    streaming: config.streaming,
                    json_schema: config.json_schema,
                };

                providers.insert(name.as_str(), Arc::new(provider));
            }
            Err(problem) => problems.push(format!("models.providers.{name}.base_url {problem}")),
        }
    }

    providers
}

/// Paths are joined to it, so it must end with a slash.
fn base_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must be an http or https URL".to_owned());
    }

    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold credentials".to_owned());
    }

    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }

    Ok(url)
}
