//! Webhooks for programs, signed as Standard Webhooks has it.

use super::table::{CA_FILE, PROXY};
use super::{Form, Key, Objection, Role, Spec, Table};

/// Of the Base64 of 24 bytes.
const SHORTEST_SECRET: usize = 32;

pub(super) static SPEC: Spec = Spec { table: Some(TABLE), ..Spec::new(Form::Json) };

const TABLE: Table = Table::new(&[
    Key::needed("url", Role::Address, "The whole address that takes the messages."),
    Key::optional(
        "secret",
        Role::Signing,
        "Signs each request (`whsec_…`); two with a space between while one takes the place of the other.",
    )
    .checked(objection_to_secret),
    CA_FILE,
    PROXY,
]);

/// To the secret: one, or two with a space between while one takes the place of the other.
fn objection_to_secret(secret: &str) -> Option<Objection> {
    let is_base64 = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    let is_secret = |written: &str| {
        written.strip_prefix("whsec_").is_some_and(|rest| rest.len() >= SHORTEST_SECRET && is_base64(rest))
    };
    Objection::unless(
        secret.split_whitespace().all(is_secret),
        "this is no secret of a webhook: whsec_, and at least 24 bytes in Base64",
        "make one for both sides: echo \"whsec_$(openssl rand -base64 32)\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_its_form() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(objection_to_secret(secret).or(objection_to_secret(&format!("{secret} {secret}"))), None);
        for wrong in
            ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", &format!("{secret} x"), &secret.replace('9', "!")]
        {
            assert!(objection_to_secret(wrong).is_some(), "{wrong}");
        }
    }
}
