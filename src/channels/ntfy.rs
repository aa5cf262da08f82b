//! Topics of ntfy, on its public server or on one's own.

use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY, is_graphic, is_word};
use super::{Form, Key, Objection, Role, Spec, Table};

const LONGEST_TOPIC: usize = 64;

/// A burst that every server takes, and then what refills it.
pub(super) static SPEC: Spec = Spec { table: Some(TABLE), limits: &[(12, MINUTE)], ..Spec::new(Form::Page) };

const TABLE: Table = Table::new(&[
    Key::optional("base-url", Role::Base(Some("https://ntfy.sh")), "The address of a server of one's own."),
    Key::optional("token", Role::Token, "An access token (`tk_…`), or a name and a password: `USER:PASSWORD`.")
        .checked(objection_to_token),
    Key::needed(
        "topic",
        Role::Target { is_secret: true },
        "The name of the topic: on a public server, who knows it can read it.",
    )
    .checked(objection_to_topic),
    CA_FILE,
    PROXY,
]);

fn objection_to_token(token: &str) -> Option<Objection> {
    Objection::unless(
        // A name and a password may be anything.
        is_graphic(token) || token.contains(':'),
        "this is no access token",
        "write the token (tk_…), or the name and the password: USER:PASSWORD",
    )
}

fn objection_to_topic(topic: &str) -> Option<Objection> {
    Objection::unless(
        is_word(topic) && topic.len() <= LONGEST_TOPIC,
        "this is no topic",
        "write its name alone: letters, digits, `-` and `_`, at most 64 of them",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_and_a_topic_have_their_forms() {
        assert_eq!(objection_to_token("tk_abc").or(objection_to_token("user:pass word ä")), None);
        assert!(objection_to_token("tk abc").is_some());
        assert_eq!(objection_to_topic("certs-Z_9").or(objection_to_topic(&"a".repeat(64))), None);
        for text in ["ntfy.sh/certs", "https://ntfy.sh/certs", "a b", "证书", &"a".repeat(65)] {
            assert!(objection_to_topic(text).is_some(), "{text}");
        }
    }
}
