//! Short ways to what a story's `oneof`s hold.

use crate::v1;

impl v1::Story {
    /// What a Code Story was asked to be; `None` for a story of another kind.
    pub fn code(&self) -> Option<&v1::CodeRequest> {
        match self.request.as_ref()? {
            v1::story::Request::Code(request) => Some(request),
            v1::story::Request::Fiction(_) => None,
        }
    }

    /// What a fiction story was asked to be; `None` for a story of another kind.
    pub fn fiction(&self) -> Option<&v1::FictionRequest> {
        match self.request.as_ref()? {
            v1::story::Request::Fiction(request) => Some(request),
            v1::story::Request::Code(_) => None,
        }
    }

    /// What a Code Story's completed run made.
    pub fn code_result(&self) -> Option<&v1::CodeResult> {
        match self.result.as_ref()? {
            v1::story::Result::CodeResult(made) => Some(made),
            v1::story::Result::FictionResult(_) => None,
        }
    }

    /// The same, to change it.
    pub fn code_result_mut(&mut self) -> Option<&mut v1::CodeResult> {
        match self.result.as_mut()? {
            v1::story::Result::CodeResult(made) => Some(made),
            v1::story::Result::FictionResult(_) => None,
        }
    }

    /// What a fiction story's completed run made, to be changed on its way.
    pub fn fiction_result_mut(&mut self) -> Option<&mut v1::FictionResult> {
        match self.result.as_mut()? {
            v1::story::Result::FictionResult(made) => Some(made),
            v1::story::Result::CodeResult(_) => None,
        }
    }

    /// What a fiction story's completed run made.
    pub fn fiction_result(&self) -> Option<&v1::FictionResult> {
        match self.result.as_ref()? {
            v1::story::Result::FictionResult(made) => Some(made),
            v1::story::Result::CodeResult(_) => None,
        }
    }

    /// The message without the chapters, which are most of its bytes.
    #[must_use]
    pub fn without_chapters(mut self) -> Self {
        if let Some(v1::story::Result::CodeResult(made)) = &mut self.result {
            made.chapters = None;
        }
        self
    }
}
