//! What a service asks for beside its address: who sends and where to, as far as that can be judged without asking.

use super::Channel;

const LONGEST_TOPIC: usize = 64;
const ROUTING_KEY: usize = 32;
/// Of the Base64 of 24 bytes.
const SHORTEST_SECRET: usize = 32;

/// What is wrong, and the way out. Neither repeats what was given: it may be a secret.
type Objection = (&'static str, &'static str);

/// To the `token` of a channel.
pub(crate) fn objection_to_token(channel: Channel, token: &str) -> Option<Objection> {
    let is_graphic = token.bytes().all(|byte| byte.is_ascii_graphic());
    let (is_fine, objection) = match channel {
        Channel::Telegram => {
            (is_token_of_a_bot(token), ("this is no token of a bot", "copy it from @BotFather: 123456789:AA…"))
        }
        // A name and a password may be anything.
        Channel::Ntfy => (
            is_graphic || token.contains(':'),
            ("this is no access token", "write the token (tk_…), or the name and the password: USER:PASSWORD"),
        ),
        Channel::Gotify => {
            (is_graphic, ("this is no token of an application", "copy it from the list of applications (A…)"))
        }
        Channel::PagerDuty => (
            token.len() == ROUTING_KEY && token.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            (
                "this is no routing key: it has 32 letters and digits",
                "copy the integration key of an Events API v2 integration",
            ),
        ),
        _ => return None,
    };
    (!is_fine).then_some(objection)
}

/// To the `secret` of a webhook: one, or two with a space between while one takes the place of the other.
pub(super) fn objection_to_secret(secret: &str) -> Option<Objection> {
    let is_base64 = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    let is_secret = |written: &str| {
        written.strip_prefix("whsec_").is_some_and(|rest| rest.len() >= SHORTEST_SECRET && is_base64(rest))
    };
    let objection = (
        "this is no secret of a webhook: whsec_, and at least 24 bytes in Base64",
        "make one for both sides: echo \"whsec_$(openssl rand -base64 32)\"",
    );
    (!secret.split_whitespace().all(is_secret)).then_some(objection)
}

/// To the chat or the topic of a channel.
pub(crate) fn validate_target(channel: Channel, place: &str) -> Option<Objection> {
    let (is_fine, objection) = match channel {
        Channel::Telegram => (
            is_chat(place),
            (
                "this is no chat",
                "write its number (of a group it begins with -), or @ and the name of a public channel",
            ),
        ),
        Channel::Ntfy => (
            is_word(place) && place.len() <= LONGEST_TOPIC,
            ("this is no topic", "write its name alone: letters, digits, `-` and `_`, at most 64 of them"),
        ),
        _ => return None,
    };
    (!is_fine).then_some(objection)
}

/// `123456789:AA…`: it becomes a part of a path.
fn is_token_of_a_bot(token: &str) -> bool {
    token.split_once(':').is_some_and(|(bot, key)| bot.parse::<u64>().is_ok() && is_word(key))
}

/// A number, or `@` and a name.
fn is_chat(chat: &str) -> bool {
    chat.parse::<i64>().is_ok() || chat.strip_prefix('@').is_some_and(|name| is_word(name) && !name.contains('-'))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_form_of_its_service() {
        let is_fine = |channel, token: &str| objection_to_token(channel, token).is_none();
        assert!(is_fine(Channel::Telegram, "123456789:AAF-x_0"));
        for token in ["123456789", ":AA", "bot1:AA", "1:", "1:A/B", "1:A?x", "1:A B", "1:A%2f", "1:A:B", "1:Ä"] {
            assert!(!is_fine(Channel::Telegram, token), "{token}");
        }
        assert!(is_fine(Channel::Ntfy, "tk_abc") && is_fine(Channel::Ntfy, "user:pass word ä"));
        assert!(
            !is_fine(Channel::Ntfy, "tk abc") && !is_fine(Channel::Gotify, "A bc") && is_fine(Channel::Gotify, "A.b")
        );
    }

    #[test]
    fn a_routing_key_and_the_secret_of_a_webhook_have_their_forms() {
        let is_fine = |key: &str| objection_to_token(Channel::PagerDuty, key).is_none();
        assert!(is_fine("0123456789abcdef0123456789ABCDEF"));
        for key in ["", "0123", "e+kd5BWM-NCknhB3XnYge+kd5BWM-NCk", "0123456789abcdef0123456789abcdef0"] {
            assert!(!is_fine(key), "{key}");
        }
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert!(objection_to_secret(secret).is_none() && objection_to_secret(&format!("{secret} {secret}")).is_none());
        for wrong in
            ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", &format!("{secret} x"), &secret.replace('9', "!")]
        {
            assert!(objection_to_secret(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_chat_and_a_topic_have_their_forms() {
        let is_fine = |channel, place: &str| validate_target(channel, place).is_none();
        for chat in ["12345", "-1001234567890", "@certs_example"] {
            assert!(is_fine(Channel::Telegram, chat), "{chat}");
        }
        for text in ["@", "certs", "https://t.me/certs", "-", "@a b", "@a-b", "1.5", "--1"] {
            assert!(!is_fine(Channel::Telegram, text), "{text}");
        }
        assert!(is_fine(Channel::Ntfy, "certs-Z_9") && is_fine(Channel::Ntfy, &"a".repeat(64)));
        for text in ["ntfy.sh/certs", "https://ntfy.sh/certs", "a b", "证书", &"a".repeat(65)] {
            assert!(!is_fine(Channel::Ntfy, text), "{text}");
        }
    }
}
