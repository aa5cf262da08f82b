//! `metadata`: where a provider publishes its certificates.

use super::domain::is_this_machine;
use super::fields::{Fields, example};
use super::refusal::Refusal;
use super::source::At;
use super::tree::Value;
use crate::address::Url;

pub(super) const KEY: &str = "metadata";

/// The address alone: what is wrong with it is said by `read`.
pub(super) fn address(fields: &mut Fields<'_, '_>) -> Option<At<String>> {
    let node = fields.take(KEY)?;
    let Value::Text(text) = &node.value else { return None };
    Some(At { value: text.trim().to_owned(), place: node.place })
}

/// By https, or by http on this machine. What it holds is what others are trusted by.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<At<String>> {
    let text = fields.text(KEY)?;
    if Url::split(&text.value).login.is_some() {
        fields.problems.secrets.push(text.place);
    }
    fields.checked(&text, |written| {
        let url = Url::split(written);
        let refuse = |wrong: &str| Err(Refusal::new(format!("`{written}` {wrong}"), example(KEY)));
        if url.login.is_some() {
            return Err(Refusal::new("a login stands in the address of `metadata`", example(KEY)));
        }
        if !url.is_of_web() {
            return refuse("is no address of metadata: it begins with https://");
        }
        if url.host_and_port().is_err() || written.contains(char::is_whitespace) {
            return refuse("names no host");
        }
        if url.has_scheme("http") && !is_this_machine(url.host) {
            return refuse("is not fetched by plain http: anyone on the way could change the keys");
        }
        Ok(written.to_owned())
    })
}
