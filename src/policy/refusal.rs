//! Why a value is no value of its key.

use crate::channels::Objection;

/// Why a value is refused, and what to write instead.
#[derive(Debug)]
pub(super) struct Refusal {
    pub message: String,
    pub help: String,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// `text` where it is right.
    pub(super) fn unless(
        is_right: bool,
        text: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Result<String, Self> {
        if is_right { Ok(text.to_owned()) } else { Err(Self::new(message, help)) }
    }

    /// With a better help, where there is one.
    pub(super) fn with_help(self, better: Option<String>) -> Self {
        Self { help: better.unwrap_or(self.help), ..self }
    }
}

impl From<&Objection> for Refusal {
    fn from(objection: &Objection) -> Self {
        Self::new(objection.en, objection.help)
    }
}
