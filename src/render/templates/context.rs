//! What a template is given, version 1: a key that is here stays, and means what it means. Every text in it is in the
//! language of the receiver and harmless where the template stands.

use serde::Serialize;

/// The shape of [`Context`]. A key more is no new version.
pub(super) const VERSION: u8 = 1;

/// The whole message.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Context {
    pub(super) version: u8,
    /// `en` or `zh-CN`.
    pub(super) language: &'static str,
    pub(super) contact: String,
    /// `email`, `inbox` and so on.
    pub(super) channel: &'static str,
    /// The subject or the title that certnotify would write.
    pub(super) subject: String,
    /// The totals in one sentence.
    pub(super) summary: String,
    pub(super) totals: Totals,
    /// The most urgent first.
    pub(super) rows: Vec<Row>,
    /// Which of `pages` messages this is. A mail is one.
    pub(super) page: usize,
    pub(super) pages: usize,
    /// The server never answered to the same message; it may have come before.
    pub(super) may_be_a_repeat: bool,
    /// What everybody should know: zone and policy, the next message, who else is told, the other certificates.
    pub(super) foot: Vec<String>,
    /// How to snooze it, or that it cannot be; and what to type.
    pub(super) hold: String,
    pub(super) hold_command: String,
    /// Version, machine and policy file in one line.
    pub(super) footer: String,
    pub(super) machine: String,
    pub(super) policy_file: String,
}

/// Numbers of rows: by the dates of their certificates, and of what happened.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Totals {
    pub(super) rows: usize,
    pub(super) expired: usize,
    pub(super) within_7_days: usize,
    pub(super) within_30_days: usize,
    pub(super) later: usize,
    /// What happened, beside dates.
    pub(super) events: usize,
    /// Certificates of the run that are not in the message.
    pub(super) need_nothing: usize,
    pub(super) not_seen: usize,
}

/// One certificate, or what happened to none. What there is nothing of is empty.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Row {
    /// From 1.
    pub(super) number: usize,
    /// It reminds of an end; else it tells what happened.
    pub(super) is_reminder: bool,
    /// `business.expiration` and so on.
    pub(super) kind: &'static str,
    /// `expired`, `within-7-days`, `urgent`, `within-30-days`, `later` or `calm`.
    pub(super) urgency: &'static str,
    /// What people call it.
    pub(super) name: String,
    /// The name of the entry or its member, as commands take it.
    pub(super) entry: String,
    /// `22 days left`; of what happened, that.
    pub(super) left: String,
    /// `22 d`; of what happened, one word for it.
    pub(super) left_short: String,
    /// Whole days to the end, negative after it; none without a certificate.
    pub(super) days_left: Option<i64>,
    /// `2026-12-14 00:59:59`.
    pub(super) expires: String,
    /// `2026-12-14`.
    pub(super) expires_on: String,
    pub(super) names: Vec<String>,
    pub(super) more_names: usize,
    pub(super) issuer: String,
    pub(super) serial: String,
    /// SHA-256 in hexadecimal digits; in a room their beginning.
    pub(super) fingerprint: String,
    pub(super) places: Vec<String>,
    pub(super) more_places: usize,
    /// Each place, and when it was seen there.
    pub(super) seen: Vec<String>,
    pub(super) owner: String,
    /// Of the policy file; in a mail with its lines.
    pub(super) note: String,
    /// Why it is told now.
    pub(super) why: String,
    /// What else is to be known: what happened, where it is still served, what a newer one leaves out.
    pub(super) remarks: Vec<String>,
    pub(super) what_to_do: Vec<String>,
}
