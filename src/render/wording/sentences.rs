//! What is said in sentences with names or numbers in them: of one certificate, of a message, and of its recipients.

use time::Duration;

use crate::event::{EventKind, Evidence};

/// A day, and who is told from then on.
pub(in crate::render) type ToldLater = (String, Vec<String>);

/// What is said of one certificate.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) enum Remark<'a> {
    /// `expires 2026-12-14 00:59:59`.
    State { stamp: &'a str, is_expired: bool },
    /// Its dates.
    Valid { from: &'a str, to: &'a str, zone: &'a str, lifetime: Duration },
    /// The dates of one that has no end.
    ValidWithoutEnd { from: &'a str },
    /// It ends with an issuer whose end is before its own, or with the metadata that it stands in: these may not be used
    /// longer.
    Limited { by: &'a str, is_metadata: bool, own_end: Option<&'a str> },
    /// A file elsewhere has a newer one with all its names, which ends at `end`, or not at all.
    Superseded { place: &'a str, end: Option<&'a str>, is_one_of_several: bool },
    /// It has expired, and an endpoint serves it.
    StillServed { places: &'a str, seen: &'a str },
    /// It was not seen, and why not.
    NotReached { since: &'a str, reason: Option<&'a str> },
    /// Names that a newer one covers, and those that it does not.
    LeftOut { covered: &'a str, left_out: &'a str },
    /// The policy asks for more than a share of its life.
    Capped { asked: Duration, lifetime: Duration, percent: u8, lead: Duration },
    /// A program should have renewed it; which one, where it is known.
    Late { client: Option<&'a str>, due: &'a str, late_from: &'a str, log: Option<&'a str> },
    /// Another is served where it should be: the one before it, or any.
    NotInUse { name: &'a str, is_predecessor: bool },
    /// What `endpoint` serves instead.
    ServedInstead { endpoint: &'a str, serial: &'a str, end: &'a str },
    /// What the next one must not have any more.
    NewWithout { faults: &'a str },
    /// The reasons of its reminder.
    WhyNow { why: &'a str },
    /// A reason, with what is really left.
    ReallyLeft { why: &'a str, left: Duration },
    /// In a message that is put right, after the certificate: it is renewed, or watched no more.
    Became { date: &'a str, is_renewed: bool },
}

/// What is said of a message.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) enum Sentence<'a> {
    /// A file, and where it is.
    OnMachine {
        places: &'a str,
        machine: &'a str,
    },
    /// That files which a message names are there.
    FilesOn {
        machine: &'a str,
    },
    /// Where the whole list is, for spreadsheets.
    Attached {
        file: &'a str,
    },
    /// What explains the policies that are only counted.
    OtherPolicies {
        more: usize,
    },
    /// That this is the `nth` reminder, and when the one before it was.
    Ordinal {
        nth: usize,
        of: Counted,
        previous: Option<&'a str>,
    },
    /// When the next goes out; `None`: never, if nothing changes.
    Next {
        day: Option<&'a str>,
        until: Until,
    },
    /// Rows that are counted in this message and named in the next.
    More {
        count: usize,
    },
    /// Who says it.
    Footer {
        version: &'a str,
        machine: &'a str,
        file: &'a str,
    },
    /// That it is a test.
    Test {
        contact: &'a str,
        channel: &'a str,
    },
    /// How the reminders of so many rows are known.
    Evidence {
        evidence: &'a Evidence,
        rows: usize,
    },
    /// How what happened is known, and since when: a clause.
    Known {
        evidence: &'a Evidence,
        seen: &'a str,
    },
    /// What happened, as counted.
    News {
        counted: &'a str,
    },
    /// Of so many rows of a digest, the details stand only in a file beside it, or there is no room for them.
    DetailsLeftOut {
        rows: usize,
        file: Option<&'a str>,
    },
    /// There is no room for the names of so many rows of a digest.
    NamesLeftOut {
        rows: usize,
    },
    /// So many rows of a list are not named.
    MoreInList {
        rows: usize,
    },
    /// After a certificate of a list: when its next reminder goes out, unless it renews by itself before.
    NextInList {
        date: &'a str,
        is_automatic: bool,
    },
    /// After a certificate of a list: why it could not be seen.
    WhyInList {
        why: &'a str,
    },
    /// In the title of a digest: how many certificates end or are reminded of, were renewed, and cannot be seen.
    Coming {
        count: usize,
    },
    RenewedSince {
        count: usize,
    },
    Unseen {
        count: usize,
    },
}

/// Who else is told, why the reader is, and how to hold it.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) enum Recipients<'a> {
    /// Who else is told now, and from which days on who else will be.
    ToldWith { names: &'a [String], later: &'a [ToldLater] },
    /// The same where only some are told now.
    ToldLater { later: &'a [ToldLater] },
    /// How many certificates of a message another contact is told of.
    ToldOf { name: &'a str, count: usize },
    /// Who else is told of what happened, of several rows.
    NewsTold { names: &'a [String] },
    /// That the receiver is told only from `within` before the end on: of the only certificate, or of `count` of them.
    Escalated { within: Duration, count: Option<usize> },
    /// How to hold the reminders that a message is about, or some of them.
    SnoozeHint { day: &'a str, machine: &'a str, of: Held },
    /// Until when the reminders of a certificate are held.
    Snoozed { until: &'a str },
    /// Where to take a certificate out if nothing uses it.
    Unused { file: &'a str },
}

/// Among which reminders of a certificate one is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Counted {
    BeforeTheEnd,
    SinceTheEnd,
    /// Of an alert beside those of the end.
    OfItsKind,
}

impl From<EventKind> for Counted {
    fn from(kind: EventKind) -> Self {
        if kind == EventKind::Expired {
            Self::SinceTheEnd
        } else if kind == EventKind::Expiration {
            Self::BeforeTheEnd
        } else {
            Self::OfItsKind
        }
    }
}

/// Of what the reminders are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Held {
    TheOnlyOne,
    OneOfTheCertificates,
    OneOfTheDates,
}

/// What ends the reminders of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Until {
    Renewed,
    AllRenewed,
    /// The new certificate is served.
    InUse,
}

/// The sentences of a language.
pub(in crate::render) trait Sentences {
    fn remark(&self, remark: Remark<'_>) -> String;
    fn say(&self, sentence: Sentence<'_>) -> String;
    fn recipients(&self, recipients: Recipients<'_>) -> String;
}
