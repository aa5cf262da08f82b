//! What is said in sentences with names or numbers in them: of one certificate, and of a message.

use time::Duration;

/// A day, and who is told from then on.
pub(in crate::render) type ToldLater = (String, Vec<String>);

/// What is said of one certificate.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) enum Remark<'a> {
    /// `expires 2026-12-14 00:59:59`.
    State {
        stamp: &'a str,
        is_expired: bool,
    },
    Valid {
        from: &'a str,
        to: &'a str,
        zone: &'a str,
        days: i64,
    },
    ValidWithoutEnd {
        from: &'a str,
    },
    /// It ends with an issuer whose end is before its own, or with the metadata that it stands in: these may not be used
    /// longer.
    Limited {
        by: &'a str,
        is_metadata: bool,
        own_end: Option<&'a str>,
    },
    /// A file elsewhere has a newer one with all its names, which ends at `end`, or not at all.
    Superseded {
        place: &'a str,
        end: Option<&'a str>,
    },
    StillServed {
        places: &'a str,
        seen: &'a str,
    },
    NotReached {
        since: &'a str,
        reason: Option<&'a str>,
    },
    /// Names that a newer one covers, and those that it does not.
    LeftOut {
        covered: &'a str,
        left_out: &'a str,
    },
    Capped {
        asked: Duration,
        lifetime: Duration,
        percent: u8,
        lead: Duration,
    },
    /// A renewal that a program should have done; the program, where it is known.
    Late {
        client: Option<&'a str>,
        due: &'a str,
        late_from: &'a str,
        log: Option<&'a str>,
    },
    /// Another is served where it should be: the one before it, or any.
    NotInUse {
        name: &'a str,
        is_predecessor: bool,
    },
    /// What `endpoint` serves instead.
    ServedInstead {
        endpoint: &'a str,
        serial: &'a str,
        end: &'a str,
    },
    /// What the next one must not have any more.
    NewWithout {
        faults: &'a str,
    },
    WhyNow {
        why: &'a str,
    },
    /// Why, with what is really left.
    ReallyLeft {
        why: &'a str,
        left: Duration,
    },
    /// Until when its reminders are held.
    Snoozed {
        until: &'a str,
    },
    /// Where to take it out if nothing uses it.
    Unused {
        file: &'a str,
    },
    /// In a message that is put right, after the certificate: it is renewed, or watched no more.
    Became {
        date: &'a str,
        is_renewed: bool,
    },
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
    OtherPolicies {
        more: usize,
    },
    /// That this is the `nth` reminder, and when the one before it was.
    Ordinal {
        nth: usize,
        previous: Option<&'a str>,
    },
    /// When the next goes out; `None`: never, if nothing changes.
    Next {
        day: Option<&'a str>,
        until: Until,
    },
    /// Who else is told now, and from which days on who else will be.
    ToldWith {
        names: &'a [String],
        later: &'a [ToldLater],
    },
    /// The same where only some are told now.
    ToldLater {
        later: &'a [ToldLater],
    },
    /// How many certificates of a message another contact is told of.
    ToldOf {
        name: &'a str,
        count: usize,
    },
    /// Who else is told of what happened, of several rows.
    NewsTold {
        names: &'a [String],
    },
    /// That the receiver is told only from `within` before the end on: of the only certificate, or of `count` of them.
    Escalated {
        within: Duration,
        count: Option<usize>,
    },
    SnoozeHint {
        day: &'a str,
        machine: &'a str,
        has_many: bool,
    },
    /// Rows that are counted in this message and named in the next.
    More {
        count: usize,
    },
    Footer {
        version: &'a str,
        machine: &'a str,
        file: &'a str,
    },
    Test {
        contact: &'a str,
        channel: &'a str,
    },
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
}
