//! Services whose messages can be changed after they were taken.

use serde_json::Value;

use super::exchange::{Access, HttpRequest};
use super::verdict::Answer;

/// How a message is put right.
pub(crate) trait Editor: Sync {
    /// What the service knows the message by, in the answer by which it was taken.
    fn posted(&self, answer: &Answer) -> Option<String>;

    /// The request that puts another message in its place; what it comes to is judged by `Protocol::read`.
    fn edit(&self, access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest;

    /// It is done, or there is nothing to change: it says so already, or people have removed it.
    fn is_settled(&self, _answer: &Answer) -> bool {
        false
    }

    /// Words that are true no more, in the vendor's markup.
    fn struck(&self, words: &str) -> String {
        words.to_owned()
    }
}

/// Of an identifier, in bytes; none that is longer is kept.
pub(crate) const LONGEST_ID: usize = 256;
