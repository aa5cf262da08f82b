//! Why a value is no value of its key.

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
}
