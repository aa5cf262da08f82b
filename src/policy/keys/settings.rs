//! `[settings]`, and the two keys that contacts and policies share with it.

use super::{Key, KeyTable, Kind, Shared, Words};

pub(super) const TIMEZONE: Key =
    Key::new("timezone", Kind::Text("IANA zone"), r#""Asia/Shanghai""#).synonyms(&["tz", "zone", "time-zone"]);

pub(super) const LANGUAGE: Key =
    Key::new("language", Kind::OneOf(Words::Languages), r#""zh-CN""#).synonyms(&["lang", "locale"]);

/// The keys of `[settings]`.
pub static SETTINGS: KeyTable = KeyTable {
    definition: "settings",
    title: "[settings]",
    meaning: "What holds for the whole run.",
    keys: &[
        TIMEZONE.default("the machine's").meaning("The zone of windows, slots and the times in messages."),
        LANGUAGE.default("`\"en\"`").meaning("The language of messages."),
        Key::new("default-contact", Kind::Text("contact"), r#""alice""#)
            .default("the only contact")
            .meaning("Whom the default policy tells.")
            .synonyms(&["default", "admin", "contact"]),
        Key::new("state", Kind::Text("path"), r#""/var/lib/certnotify/state.json""#)
            .default("`$STATE_DIRECTORY/state.json`, else by the place of the policy file")
            .meaning("The memory of what was told to whom.")
            .synonyms(&["path", "state-file", "database"]),
        Key::new("inbox", Kind::Text("path"), r#""/var/lib/certnotify/inbox""#)
            .default("`inbox/` beside the state")
            .meaning("The directory of internal messages, a Maildir for each contact; policy files may share one.")
            .synonyms(&["maildir"]),
        Key::new("publish", Kind::Text("path"), r#""/srv/www/certificates""#)
            .default("none")
            .meaning(
                "A directory, made if need be, in which each whole run leaves `expiry.ics` (every end, for calendars to \
                 subscribe to) and `expiry.atom` (what may be reminded of, and what has expired, for feed readers).",
            ),
        Key::new("time-limit", Kind::Duration, r#""10m""#)
            .default("`\"10m\"`")
            .meaning(
                "Of a whole run, at most a day. Looking ends at half of it: what was not reached counts by its last known \
                 dates, and the run says so. Each message is tried once whatever the time.",
            )
            .synonyms(&["timeout"]),
        Key::new("heartbeat", Kind::Secret, r#"{ env = "HEALTHCHECK_URL" }"#)
            .default("none")
            .meaning(
                "The address of a monitor (healthchecks.io style): ADDRESS/start, then ADDRESS or ADDRESS/fail, also when \
                 the policy file cannot be used or a signal stops the run; `run --certificate` leaves it alone, and a lost \
                 one is a warning.",
            )
            .synonyms(&["healthcheck", "healthchecks", "ping", "ping-url", "dead-man-switch"]),
        Key::new("acme-directories", Kind::Addresses, r#"{ "Example Internal CA" = "https://ca.example.com/acme/directory" }"#)
            .default("Let's Encrypt's and others'")
            .meaning(
                "Where a private authority says when to renew (RFC 9773): its directory by the organisation or common name \
                 of its issuer.",
            )
            .synonyms(&["acme", "acme-directory"]),
        Key::new("rdap-servers", Kind::Addresses, r#"{ io = "https://rdap.identitydigital.services/rdap/" }"#)
            .default("IANA's list")
            .meaning(
                "Where the registry of a `domain` is asked, by https, for top-level domains that IANA does not list or a \
                 gateway of your own: by the end of the domain, `\"*\"` for all others.",
            )
            .synonyms(&["rdap", "rdap-server", "rdap-base", "registries", "registry"]),
        Key::new("resolver", Kind::Text("address, with or without a port"), r#""192.0.2.53""#)
            .default("those of `/etc/resolv.conf`")
            .meaning(
                "The DNS server that is asked for TLSA records (`tlsa = true`), and for what would stop the next renewal of \
                 `auto` entries (`renewal-blocked`: CAA records, delegated challenges), from 14 days before it is due; there, \
                 one that is silent is not mentioned.",
            )
            .synonyms(&["dns", "dns-server", "nameserver", "resolvers"]),
    ],
    shared: Shared::Nothing,
};
