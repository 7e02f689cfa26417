//! Conversations and texts that callers bring themselves, answered by the LLM gateway, or deterministically where no model is
//! asked. Keeps nothing of them; what they took is written down for whoever asked.

mod hashing;
mod offline;
mod sample;
mod wish;

use async_trait::async_trait;
use futures::future::try_join_all;
use kit::actor::Actor;
use proto::v1::ProviderKey;
use redaction::{Fingerprints, Marks, Sanitizer};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(crate) use self::hashing::{DIMENSIONS, embed_offline};
pub(crate) use self::offline::write_arguments;
use self::wish::AnswerForm;
pub(crate) use self::wish::{ChatWish, PromptItem, TextsWish, ToolWish, WishFaults};
use crate::clients::{Entitlements, SpendRefusal};
use crate::error::AgentError;
use crate::llm::{
    Call, EMBEDDING_CLASS, EmbedWish, Embedded, Event, Finish, Gateway, NamedModel, OwnKey, Reply, Silent,
    Sink, ToolCall,
};
use crate::outgoing::Cleaner;
use crate::own_keys;
use crate::usage::{AccountName, UsageRecorder, Used};

/// Whatever this server has, in the order of its routes.
pub(crate) const ANY_MODEL: &str = "saga";
/// The one that asks nobody.
pub(crate) const OFFLINE_MODEL: &str = "saga-offline";
/// Who owns both.
const OWNER: &str = "saga";
/// The class of the calls, and their name in the books.
const CLASS: &str = "openai";
/// What the tiers call how many providers they reach.
const PROVIDERS: &str = "providers";
/// Callers write the prompt here, so marks other than those of reasoning may be what they asked for.
const MARKS: Marks = Marks::Reasoning;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Completions {
    models: Gateway,
    usage: UsageRecorder,
    /// Of all that must not leave.
    fingerprints: Fingerprints,
    entitlements: Entitlements,
}

/// A piece of one of the answers.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) choice: u32,
    pub(crate) content: PieceContent,
}

#[derive(Debug)]
pub(crate) enum PieceContent {
    Delta(String),
    Call(ToolCall),
    End(AnswerEnd),
}

/// How an answer ended, and what it took.
#[derive(Debug, Clone)]
pub(crate) struct AnswerEnd {
    pub(crate) finish: Finish,
    pub(crate) model: String,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) offline: bool,
    /// Why no budget had room for more of it.
    pub(crate) cut: Option<SpendRefusal>,
}

/// Who hears the pieces.
pub(crate) type Listeners = mpsc::Sender<Result<Piece, AgentError>>;

/// Who answers a model's name.
enum Answerer {
    Offline,
    /// The route, or one by name.
    Model(Option<String>),
}

impl Completions {
    pub(crate) fn new(
        models: Gateway,
        usage: UsageRecorder,
        fingerprints: Fingerprints,
        entitlements: Entitlements,
    ) -> Self {
        Self {
            models,
            usage,
            fingerprints,
            entitlements,
        }
    }

    /// Ours, then those of the configuration by their names.
    pub(crate) fn list_models(&self) -> Vec<NamedModel> {
        let ours = [ANY_MODEL, OFFLINE_MODEL].map(|name| NamedModel {
            name: name.to_owned(),
            provider: OWNER.to_owned(),
        });
        let mut models = Vec::from(ours);
        models.extend(self.models.list_models());

        models
    }

    /// # Errors
    /// [`AgentError::UnknownModel`].
    pub(crate) fn find_model(&self, name: &str) -> Result<NamedModel, AgentError> {
        let mut models = self.list_models().into_iter();
        models
            .find(|model| model.name == name)
            .ok_or_else(|| AgentError::unknown_model(name))
    }

    fn choose(&self, name: &str, available: bool) -> Result<Answerer, AgentError> {
        match name {
            OFFLINE_MODEL => Ok(Answerer::Offline),
            ANY_MODEL if available => Ok(Answerer::Model(None)),
            ANY_MODEL => Ok(Answerer::Offline),
            name if self.models.has_model(name) => Ok(Answerer::Model(Some(name.to_owned()))),
            name => Err(AgentError::unknown_model(name)),
        }
    }

    /// Whether the actor may have a chat answered by this model.
    ///
    /// # Errors
    /// As [`Self::find_model`], and [`AgentError::NotInTier`] for one of a provider that the actor's tier does not reach.
    pub(crate) async fn check_model(&self, actor: &Actor, name: &str) -> Result<(), AgentError> {
        match self.choose(name, true)? {
            Answerer::Model(Some(name)) => self.check_reach(actor, CLASS, &name).await,
            Answerer::Model(None) | Answerer::Offline => Ok(()),
        }
    }

    async fn check_reach(&self, actor: &Actor, class: &str, name: &str) -> Result<(), AgentError> {
        let rank = self.models.rank_provider(class, name);
        if self.entitlements.find(actor).await.has_providers(rank) {
            return Ok(());
        }

        Err(AgentError::NotInTier {
            what: format!("the provider of `{name}`").into(),
            feature: PROVIDERS.into(),
            least: self.entitlements.find_least_of_providers(actor, rank).await,
        })
    }

    /// A caller's own key for one model.
    ///
    /// # Errors
    /// [`AgentError::Input`] for a provider that takes no keys, or that has not the model; [`AgentError::UnknownModel`].
    pub(crate) fn take_key(&self, model: &str, key: ProviderKey) -> Result<OwnKey, AgentError> {
        if matches!(model, ANY_MODEL | OFFLINE_MODEL) {
            return own_keys::take_key(&self.models, CLASS, CLASS, key);
        }

        let own = own_keys::read_key(key);
        match self.models.find_provider_of(model) {
            Some(provider) if provider == own.provider => Ok(own),
            Some(provider) => Err(AgentError::field(
                CLASS,
                "provider",
                format!("{provider}, which has the model that is asked"),
            )),
            None => Err(AgentError::unknown_model(model)),
        }
    }

    /// Gives every answer that is wished for, piece by piece. The first one that fails is the end of all.
    pub(crate) async fn answer(
        &self,
        wish: ChatWish,
        actor: &Actor,
        cancel: &CancellationToken,
        out: &Listeners,
    ) {
        let choices = (0..wish.choices).map(|choice| self.answer_choice(&wish, choice, actor, cancel, out));
        if let Err(error) = try_join_all(choices).await {
            // A listener that went away needs no answer.
            let _ = out.send(Err(error)).await;
        }
    }

    async fn answer_choice(
        &self,
        wish: &ChatWish,
        choice: u32,
        actor: &Actor,
        cancel: &CancellationToken,
        out: &Listeners,
    ) -> Result<(), AgentError> {
        let mut ear = Ear {
            out,
            choice,
            cancel: cancel.child_token(),
            live: wish.is_told_live(),
            fingerprints: &self.fingerprints,
            sanitizer: begin_cleaning(&self.fingerprints),
            taken: false,
            heard: false,
            broke_off: false,
        };

        let answerer = match (&wish.own_key, wish.model.as_str()) {
            (Some(_), ANY_MODEL) => Answerer::Model(None),
            (Some(_), name) if name != OFFLINE_MODEL => Answerer::Model(Some(name.to_owned())),
            (_, name) => self.choose(name, self.models.available(CLASS))?,
        };
        let (calls, end) = match answerer {
            Answerer::Offline => self.answer_offline(wish, actor, &ear).await?,
            Answerer::Model(model) => {
                let mut reply = self.ask_model(wish, model, actor, &mut ear).await?;
                self.clean_reply(&mut reply, &wish.form);
                if !ear.finish().await && !reply.text().is_empty() {
                    ear.tell_in_pieces(reply.text(), wish.streamed).await;
                }
                let end = conclude(&reply);

                (reply.turn.tool_calls, end)
            }
        };

        for call in calls {
            ear.tell(PieceContent::Call(call)).await;
        }
        ear.tell(PieceContent::End(end)).await;

        Ok(())
    }

    async fn ask_model(
        &self,
        wish: &ChatWish,
        model: Option<String>,
        actor: &Actor,
        ear: &mut Ear<'_>,
    ) -> Result<Reply, AgentError> {
        let mut request = wish.request.clone();
        CLASS.clone_into(&mut request.class);
        request.sampling.model = model;

        let call = Call {
            own_key: wish.own_key.clone(),
            ..self.call_of(actor, &ear.cancel)
        };
        let answer = match &wish.form {
            AnswerForm::Text => self.models.complete(&call, request, ear).await,
            AnswerForm::Fitting(schema) => {
                self.models
                    .answer_in_shape(&call, request, schema, &mut Silent)
                    .await
            }
        };

        match answer {
            Err(_) if ear.broke_off => Err(AgentError::BrokeOff),
            answer => answer.map_err(|error| own_keys::explain_failure(CLASS, wish.own_key.as_ref(), error)),
        }
    }

    /// Takes out of a whole reply what must not leave. One that has to fit a schema stays JSON.
    fn clean_reply(&self, reply: &mut Reply, form: &AnswerForm) {
        let cleaner = Cleaner {
            agent: CLASS,
            fingerprints: &self.fingerprints,
            marks: MARKS,
        };

        let text = &mut reply.turn.text;
        let fitting = matches!(form, AnswerForm::Fitting(_)).then(|| serde_json::from_str(text));
        match fitting {
            Some(Ok(mut value)) => {
                if cleaner.clean_value(&mut value) {
                    *text = value.to_string();
                }
            }
            _ => {
                cleaner.clean_text(text);
            }
        }
        for call in &mut reply.turn.tool_calls {
            cleaner.clean_value(&mut call.arguments);
        }
    }

    async fn answer_offline(
        &self,
        wish: &ChatWish,
        actor: &Actor,
        ear: &Ear<'_>,
    ) -> Result<(Vec<ToolCall>, AnswerEnd), AgentError> {
        let answer = offline::answer(wish)?;
        if !answer.text.is_empty() {
            ear.tell_in_pieces(&answer.text, wish.streamed).await;
        }

        let end = AnswerEnd {
            finish: answer.finish,
            model: OFFLINE_MODEL.to_owned(),
            input_tokens: answer.input_tokens,
            output_tokens: answer.output_tokens,
            offline: true,
            cut: None,
        };
        self.note_offline(actor, end.input_tokens, end.output_tokens);

        Ok((answer.calls, end))
    }

    /// A vector for each text.
    ///
    /// # Errors
    /// [`AgentError::UnknownModel`], [`AgentError::NotInTier`], or what the model's provider came to.
    pub(crate) async fn embed(
        &self,
        wish: TextsWish,
        actor: &Actor,
        cancel: &CancellationToken,
    ) -> Result<(Embedded, bool), AgentError> {
        let TextsWish {
            model,
            texts,
            dimensions,
        } = wish;
        match self.choose(&model, self.models.can_embed())? {
            Answerer::Offline => {
                let embedded = hashing::embed_texts(&texts, dimensions);
                self.note_offline(actor, embedded.input_tokens, 0);

                Ok((embedded, true))
            }
            Answerer::Model(model) => {
                if let Some(name) = &model {
                    self.check_reach(actor, EMBEDDING_CLASS, name).await?;
                }
                let wish = EmbedWish {
                    model,
                    texts,
                    dimensions,
                };
                let call = self.call_of(actor, cancel);

                Ok((self.models.embed(&call, &wish).await?, false))
            }
        }
    }

    fn call_of(&self, actor: &Actor, cancel: &CancellationToken) -> Call {
        Call {
            user: AccountName::from(actor).to_string(),
            agent: CLASS.to_owned(),
            run: None,
            key: actor.api_key,
            own_key: None,
            own_connections: None,
            deadline: None,
            cancel: cancel.clone(),
        }
    }

    fn note_offline(&self, actor: &Actor, input_tokens: u64, output_tokens: u64) {
        let used = Used {
            provider: "offline".to_owned(),
            model: OFFLINE_MODEL.to_owned(),
            offline: true,
            input_tokens,
            output_tokens,
            outcome: "ok",
            ..Used::default()
        };

        self.usage.record(&AccountName::from(actor), CLASS, None, used);
    }
}

fn conclude(reply: &Reply) -> AnswerEnd {
    AnswerEnd {
        finish: reply.finish,
        model: reply.model.clone(),
        input_tokens: reply.usage.iter().map(|usage| usage.input_tokens).sum(),
        output_tokens: reply.usage.iter().map(|usage| usage.output_tokens).sum(),
        offline: false,
        cut: reply.cut.clone(),
    }
}

fn begin_cleaning(fingerprints: &Fingerprints) -> Sanitizer {
    Sanitizer::with_marks(fingerprints.clone(), MARKS)
}

/// Hears a model and passes on what it says, cleaned, when it is told live. What was told can't be taken back: a model that would
/// begin again is stopped.
struct Ear<'a> {
    out: &'a Listeners,
    choice: u32,
    cancel: CancellationToken,
    live: bool,
    fingerprints: &'a Fingerprints,
    sanitizer: Sanitizer,
    /// The sanitizer took something since the answer began.
    taken: bool,
    /// Something was told.
    heard: bool,
    broke_off: bool,
}

impl Ear<'_> {
    async fn tell(&self, content: PieceContent) {
        let piece = Piece {
            choice: self.choice,
            content,
        };
        // When nobody listens any more the work is being dropped, and there is nobody to tell.
        let _ = self.out.send(Ok(piece)).await;
    }

    /// Tells what was held back, at the end of an answer; true when the whole of it was told live.
    async fn finish(&mut self) -> bool {
        let rest = self.sanitizer.finish();
        if !rest.is_empty() {
            self.tell(PieceContent::Delta(rest)).await;
        }

        self.taken
    }

    fn begin_again(&mut self) {
        self.sanitizer = begin_cleaning(self.fingerprints);
        self.taken = false;
    }

    /// Word by word when it is streamed.
    async fn tell_in_pieces(&self, text: &str, streamed: bool) {
        if !streamed {
            return self.tell(PieceContent::Delta(text.to_owned())).await;
        }

        for word in text.split_inclusive(' ') {
            self.tell(PieceContent::Delta(word.to_owned())).await;
        }
    }
}

#[async_trait]
impl Sink for Ear<'_> {
    async fn on(&mut self, event: Event) {
        match event {
            Event::Delta(text) if self.live && !text.is_empty() => {
                self.taken = true;
                let text = self.sanitizer.push(&text);
                if !text.is_empty() {
                    self.heard = true;
                    self.tell(PieceContent::Delta(text)).await;
                }
            }
            Event::Restart if self.heard => {
                self.broke_off = true;
                self.cancel.cancel();
            }
            Event::Restart => self.begin_again(),
            Event::Delta(_) | Event::Usage(_) => {}
        }
    }

    async fn pause(&mut self) {
        let text = self.sanitizer.pause();
        if !text.is_empty() {
            self.heard = true;
            self.tell(PieceContent::Delta(text)).await;
        }
    }
}
