//! What is found out on the way of one request and is needed when it is answered: how it was counted, which cookies its
//! browser keeps, and how its sender spelled names. The door layer puts it into the request and reads it at the end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Extensions;

use crate::{
    extract::Spelling,
    limits::Decision,
    operation::{CookieChange, Price},
};

/// Notes of one request, in its extensions.
#[derive(Clone, Default)]
pub(crate) struct AnswerNotes(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    counted: Option<Price>,
    decision: Option<Decision>,
    cookies: Vec<CookieChange>,
    spelling: Option<Spelling>,
}

impl AnswerNotes {
    /// The notes of a request; new ones, that nobody reads, where no layer has put any.
    pub(crate) fn find(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// Whether a request is counted already, so that it isn't twice.
    pub(crate) fn is_counted(&self, price: Price) -> bool {
        self.lock().counted == Some(price)
    }

    pub(crate) fn note_count(&self, price: Price, decision: Option<Decision>) {
        let mut notes = self.lock();
        notes.counted = Some(price);
        notes.decision = decision;
    }

    pub(crate) fn note_cookies(&self, cookies: impl IntoIterator<Item = CookieChange>) {
        self.lock().cookies.extend(cookies);
    }

    pub(crate) fn note_spelling(&self, spelling: Spelling) {
        self.lock().spelling = Some(spelling);
    }

    /// How the sender spelled the names of the body, when there was one.
    pub(crate) fn spelling(&self) -> Spelling {
        self.lock().spelling.clone().unwrap_or_default()
    }

    pub(crate) fn decision(&self) -> Option<Decision> {
        self.lock().decision
    }

    pub(crate) fn take_cookies(&self) -> Vec<CookieChange> {
        std::mem::take(&mut self.lock().cookies)
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
