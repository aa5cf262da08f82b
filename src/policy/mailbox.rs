//! Whether a text can be a mailbox of RFC 5322: `alice@example.com`, `Alice <alice@example.com>`.

use std::net::IpAddr;

use crate::address::is_host;

pub(super) fn is_right(written: &str) -> bool {
    reason(written).is_none()
}

/// Why it is none.
pub(super) fn reason(written: &str) -> Option<&'static str> {
    let address = match written.strip_suffix('>').map(|rest| rest.rsplit_once('<')) {
        Some(Some((name, address))) => {
            let name = name.trim();
            let is_quoted = name.len() >= 2 && name.starts_with('"') && name.ends_with('"');
            let inner = if is_quoted { &name[1..name.len() - 1] } else { name };
            if inner.contains(['"', '<', '>'])
                || (!is_quoted && inner.contains(|character| is_special(character) && character != '.'))
            {
                return Some("a name with a special character stands in double quotes");
            }
            address
        }
        Some(None) => return Some("the `<` is missing"),
        None => written,
    };
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Some("it has no `@`");
    };
    let wrong_in_local = |character: char| character.is_whitespace() || (is_special(character) && character != '.');
    if local.is_empty()
        || local.len() > 64
        || local.contains(wrong_in_local)
        || !local.split('.').all(|part| !part.is_empty())
    {
        return Some("what stands before the `@` is no name");
    }
    (!is_domain(domain)).then_some("what stands after the `@` is no host name")
}

/// A host name, or an address literal (RFC 5321 §4.1.3).
pub(super) fn is_domain(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.trim_start_matches("IPv6:").parse::<IpAddr>().is_ok(),
        None => is_host(text),
    }
}

/// The address of a mailbox that was checked: what tells one recipient from another, whatever name stands before it.
#[must_use]
pub fn address(written: &str) -> String {
    let written = written.trim();
    let address = written.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')).map_or(written, |(_, inner)| inner);
    match address.trim().rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.trim().to_owned(),
    }
}

const fn is_special(character: char) -> bool {
    matches!(character, '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '.' | '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_taken_as_they_are() {
        for right in [
            "alice@example.com",
            "Alice <alice@example.com>",
            "Certificate watch <certs@example.com>",
            "John Q. Public <john@example.com>",
            "\"Doe, John\" <john.doe+certs@mail.example.com>",
            "运维 <ops@example.cn>",
            "root@localhost",
            "ops@[192.0.2.1]",
            "ops@münchen.example",
        ] {
            assert!(is_right(right), "{right}");
        }
    }

    #[test]
    fn the_name_before_an_address_makes_no_other_recipient_of_it() {
        for written in ["anna@example.com", "Anna <anna@example.com>", "\"Doe, Anna\" <anna@EXAMPLE.com>"] {
            assert_eq!(address(written), "anna@example.com");
        }
        assert_ne!(address("Anna@example.com"), address("anna@example.com"), "the local part is the server's own");
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for wrong in [
            "alice",
            "@example.com",
            "alice@",
            "alice@exam ple.com",
            "a b@example.com",
            "alice@example..com",
            "alice@@example.com",
            "Doe, John <john@example.com>",
            "Alice alice@example.com>",
            "alice@example.com, bob@example.com",
            ".alice@example.com",
        ] {
            assert!(!is_right(wrong), "{wrong}");
        }
    }
}
