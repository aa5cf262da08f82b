//! `[policies.NAME]`, whose keys a certificate may set for itself as well.

use super::settings::TIMEZONE;
use super::{Key, KeyTable, Kind, Shared, Words};

const CONTACT_NAMES: Key = Key::new("contacts", Kind::Contacts, r#"["alice"]"#).synonyms(&[
    "contact", "recipient", "recipients", "receiver", "receivers", "to", "who", "user", "users", "people", "team",
    "notify",
]);

const CHANNEL_NAMES: Key = Key::new("channels", Kind::AnyOf(Words::Channels), r#"["email", "inbox", "chatbot"]"#)
    .synonyms(&["channel", "via", "methods"]);

/// Of a policy or a contact.
pub(super) const DIGEST: Key = Key::new("digest", Kind::Text("days and a time"), r#""Mon 08:00""#)
    .synonyms(&["summary", "report", "weekly", "daily"]);

/// The keys of `[policies.NAME]`.
pub static POLICIES: KeyTable = KeyTable {
    definition: "policy",
    title: "[policies.NAME]",
    meaning: "When, how often and by which channel whom is told of what.",
    keys: &[
        CONTACT_NAMES.default("`default-contact`").meaning("Whom it tells: 1 to 10 contacts."),
        CHANNEL_NAMES
            .default(
                "default policy: `[\"email\", \"inbox\"]`, for a contact without `email` all that it has; a written one: all \
                 that its contacts have",
            )
            .meaning(
                "The channels that are used, as far as a contact has them; `chatbot` is whichever of `dingtalk`, `wecom` and \
                 `lark` it has.",
            ),
        Key::new("events", Kind::AnyOf(Words::Events), r#"["business", "alerts"]"#)
            .default("default policy: `[\"business.expiration\"]`; a written one: that and `alerts`")
            .meaning(
                "What it tells of: the categories `business`, `alerts` and `service-changes`, or single kinds such as \
                 `\"business.expiration\"` and `\"alert.expired\"`.",
            )
            .synonyms(&["event", "kinds", "subscribe", "subscriptions"]),
        Key::new("deadline", Kind::Lead, r#""30d""#)
            .default("`\"30d\"`")
            .meaning("How long before the end reminders begin: days, or a share of the lifetime, up to `deadline-cap`.")
            .synonyms(&[
                "days", "days-before", "before", "expire-days", "expiry", "lead", "lead-time", "remind-before", "threshold",
                "warn", "warning", "warn-before", "advance",
            ]),
        Key::new("deadline-cap", Kind::Share, r#""50%""#)
            .default("`\"50%\"`")
            .meaning(
                "How much of the lifetime the deadline may take, so that there are no reminders in the first half of a \
                 certificate's life; `\"none\"` for the days as written.",
            )
            .synonyms(&["cap", "lead-cap", "max-lead", "deadline-limit", "deadline-max", "max-deadline"]),
        Key::new("frequency", Kind::Frequency, r#""7d""#)
            .default("`\"once\"`")
            .meaning("How often a reminder is repeated: `\"once\"`, or every so many whole days.")
            .synonyms(&["interval", "every", "each", "repeat", "repeat-interval", "period", "cadence"]),
        Key::new("milestones", Kind::Durations, r#"["14d", "7d", "1d"]"#)
            .default("none")
            .meaning("One more reminder at each of these times before the end.")
            .synonyms(&["thresholds", "steps", "at"]),
        Key::new("escalation", Kind::Steps(&ESCALATION), r#"[{ within = "7d", contacts = ["alice"] }]"#)
            .default("none")
            .meaning("More contacts once the end is near.")
            .synonyms(&["escalate", "escalations"]),
        Key::new("window", Kind::Text("hours of the week"), r#""09:00-20:00""#)
            .default("`\"all-day\"`")
            .meaning(
                "When messages may go out: `\"09:00-20:00\"`, `\"Mon-Fri 09:00-18:00\"`; what falls outside is held, never \
                 lost.",
            )
            .synonyms(&[
                "when", "hours", "schedule", "time-window", "quiet-hours", "working-hours", "office-hours", "time",
            ]),
        DIGEST.default("none").meaning(
            "When each of its contacts is told what comes in the next 60 days, as if it stood in `[contacts.NAME]`, whose own \
             counts first.",
        ),
        TIMEZONE.default("that of `[settings]`").meaning(
            "For contacts that have none, the zone of the window and of the times in messages about its certificates alone; \
             and the zone of a date of `expires`.",
        ),
    ],
    shared: Shared::Nothing,
};

/// The keys of a step of `escalation`.
pub static ESCALATION: KeyTable = KeyTable {
    definition: "escalation",
    title: "a step of `escalation`",
    meaning: "Contacts that are added once the end of a certificate is near.",
    keys: &[
        Key::new("within", Kind::Duration, r#""7d""#)
            .meaning("How near the end of the certificate is.")
            .synonyms(&["before", "days", "deadline", "when", "at"])
            .required(),
        CONTACT_NAMES.meaning("Who is added: 1 to 10 contacts.").required(),
        CHANNEL_NAMES.default("those of the policy").meaning("The channels that are used for them."),
    ],
    shared: Shared::Nothing,
};
