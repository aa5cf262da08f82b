//! All that is known of one channel, as its file says it.

use std::time::Duration;

use super::{Editor, PageFormat, Protocol, Table, Tracker};

/// So many messages in so long a time, a little below what the vendor takes, for clocks differ and others may use the
/// robot too.
pub(crate) type Limit = (usize, Duration);

/// One channel.
pub(crate) struct Spec {
    /// Other names of it in the policy file.
    pub(crate) aliases: &'static [&'static str],
    /// What people call it and the policy file does not.
    pub(crate) synonyms: &'static [&'static str],
    pub(crate) form: Form,
    /// Of those that are reached by HTTP.
    pub(crate) table: Option<Table>,
    /// Of the same.
    pub(crate) protocol: Option<&'static dyn Protocol>,
    /// Of those that keep tickets: then no message is made by `Protocol::call`.
    pub(crate) tracker: Option<&'static dyn Tracker>,
    /// Of those whose messages can be changed.
    pub(crate) editor: Option<&'static dyn Editor>,
    /// Of one robot, over all contacts and runs; each limit holds.
    pub(crate) limits: &'static [Limit],
}

/// What a message of the channel is made of.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Mail,
    /// Rows on a page, in the vendor's markup.
    Page(&'static dyn PageFormat),
    /// One alert for each certificate, which is resolved when it is over.
    Alerts,
    /// One ticket for each certificate, in the vendor's markup, which is closed when it is over.
    Tickets(&'static dyn PageFormat),
    /// JSON for a program.
    Json,
}

impl Spec {
    /// One without a table and limits of its own.
    pub(super) const fn new(form: Form) -> Self {
        Self {
            aliases: &[],
            synonyms: &[],
            form,
            table: None,
            protocol: None,
            tracker: None,
            editor: None,
            limits: &[],
        }
    }
}

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
