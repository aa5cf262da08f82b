//! Chats of Telegram, by a bot.

use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, PROXY, is_word};
use super::{Form, Key, Objection, Role, Spec, Table};

pub(super) static SPEC: Spec =
    Spec { table: Some(TABLE), limits: &[(1, SECOND), (17, MINUTE)], ..Spec::new(Form::Page) };

const TABLE: Table = Table::new(&[
    Key::optional(
        "base-url",
        Role::Base(Some("https://api.telegram.org")),
        "The address of a Bot API server of one's own.",
    ),
    Key::needed("token", Role::Token, "The token of the bot, from @BotFather.").checked(objection_to_token),
    Key::needed(
        "chat",
        // Its number opens nothing.
        Role::Target { is_secret: false },
        "The number of the chat (of a group it begins with -), or @ and the name of a public channel.",
    )
    .checked(objection_to_chat),
    CA_FILE,
    PROXY,
]);

/// `123456789:AA…`: it becomes a part of a path.
fn objection_to_token(token: &str) -> Option<Objection> {
    Objection::unless(
        token.split_once(':').is_some_and(|(bot, key)| bot.parse::<u64>().is_ok() && is_word(key)),
        "this is no token of a bot",
        "copy it from @BotFather: 123456789:AA…",
    )
}

/// A number, or `@` and a name.
fn objection_to_chat(chat: &str) -> Option<Objection> {
    let is_name = |name: &str| is_word(name) && !name.contains('-');
    Objection::unless(
        chat.parse::<i64>().is_ok() || chat.strip_prefix('@').is_some_and(is_name),
        "this is no chat",
        "write its number (of a group it begins with -), or @ and the name of a public channel",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_and_a_chat_have_their_forms() {
        assert_eq!(objection_to_token("123456789:AAF-x_0"), None);
        for token in ["123456789", ":AA", "bot1:AA", "1:", "1:A/B", "1:A?x", "1:A B", "1:A%2f", "1:A:B", "1:Ä"] {
            assert!(objection_to_token(token).is_some(), "{token}");
        }
        for chat in ["12345", "-1001234567890", "@certs_example"] {
            assert_eq!(objection_to_chat(chat), None, "{chat}");
        }
        for text in ["@", "certs", "https://t.me/certs", "-", "@a b", "@a-b", "1.5", "--1"] {
            assert!(objection_to_chat(text).is_some(), "{text}");
        }
    }
}
