//! What happened, before it is a sentence: every text in it is harmless where it will stand.

use time::OffsetDateTime;

use super::dates::DateChange;
use super::digests::DigestFacts;
use super::{Clock, Phrase, Wording};
use crate::cause::LostRegistration;
use crate::certificate::DateOf;
use crate::channels::Channel;
use crate::event::{EventKind, Evidence, FindingId};

/// One occurrence.
#[derive(Clone, Debug)]
pub(in crate::render) struct OccurrenceFacts<'a> {
    pub(in crate::render) kind: EventKind,
    pub(in crate::render) detail: EscapedDetail,
    pub(in crate::render) evidence: Evidence,
    pub(in crate::render) at: OffsetDateTime,
    /// What it is about.
    pub(in crate::render) name: String,
    /// Where that is; empty where it is nowhere.
    pub(in crate::render) places: String,
    /// The end and the issuer of the certificate that it is about.
    pub(in crate::render) end: Option<OffsetDateTime>,
    /// It is about dates alone, for which there is no certificate.
    pub(in crate::render) is_date: bool,
    pub(in crate::render) issuer: String,
    /// The serial number of the certificate that it is about.
    pub(in crate::render) serial: String,
    /// What a report says of a renewal that was seen, too.
    pub(in crate::render) report: Option<Report>,
    pub(in crate::render) clock: Clock<'a>,
}

impl OccurrenceFacts<'_> {
    /// What is said of the dates beside a renewal that is reported.
    pub(super) fn as_last_seen(&self) -> Option<Phrase> {
        let phrase = if self.is_date { Phrase::DateAsLastKnown } else { Phrase::DatesAsLastSeen };
        (self.kind == EventKind::Hosting && self.end.is_some()).then_some(phrase)
    }
}

/// What happened. A list is one text, joined as the language joins; names of issuers are short.
#[derive(Clone, Debug)]
pub(in crate::render) enum EscapedDetail {
    /// Another date has taken the place of one.
    NewDate(DateOf, OffsetDateTime),
    Digest(DigestFacts),
    Life(Life),
    Health(Health),
    Service(Service),
}

/// What became of a certificate.
#[derive(Clone, Debug)]
pub(in crate::render) enum Life {
    Renewed { new: OtherCertificate },
    Downloaded { to: Option<String> },
    Revoked { reason: Option<String>, since: Option<OffsetDateTime>, source: String },
    RenewalMovedForward { end: OffsetDateTime, explanation: Option<String> },
    Deleted,
    Replaced { by: OtherCertificate, no_longer_covered: Option<String> },
}

/// What is wrong, over, or watched no more.
#[derive(Clone, Debug)]
pub(in crate::render) enum Health {
    Shared { places: String },
    KeyReadable { path: String, by_others: bool },
    FindingOpened { finding: FindingId, lost: Option<LostRegistration>, message: String },
    FindingBurst { finding: FindingId, count: usize, names: String },
    Recovered { finding: FindingId, count: usize, is_dropped: bool },
    PutRight { by: OtherCertificate },
    MonitoringStopped { stopped: Stopped, names: String, count: usize },
}

/// Why a recipient is told of a certificate no more.
#[derive(Clone, Debug)]
pub(in crate::render) enum Stopped {
    Removed,
    SwitchedOff,
    ContactDropped { contact: String },
    Undeliverable { contact: String, channel: Channel, address: Option<String>, reason: String },
    SnoozedLong { until: OffsetDateTime },
}

/// What authorities, services and reports tell.
#[derive(Clone, Debug)]
pub(in crate::render) enum Service {
    // `main` is the one that says most.
    AuthorityChanged { main: Option<ChainChange>, changes: Vec<ChainChange> },
    Announced { text: String, date: String, source: String, count: usize, names: String },
    Upgraded { from: String, to: String },
    Reported { report: Report, unmatched: Option<String> },
}

/// What differs between the chains before and after a renewal.
#[derive(Clone, Debug)]
pub(in crate::render) enum ChainChange {
    Issuer { from: String, to: String },
    Root { from: String, to: String },
    UsageLost { usage: String },
    IntermediateExpires { subject: String, not_after: OffsetDateTime },
}

/// A certificate in the place of the one that it is about.
#[derive(Clone, Debug)]
pub(in crate::render) struct OtherCertificate {
    pub(in crate::render) issuer: String,
    pub(in crate::render) serial: String,
    pub(in crate::render) not_before: OffsetDateTime,
    pub(in crate::render) not_after: OffsetDateTime,
}

/// What a report says beside the kind.
#[derive(Clone, Debug)]
pub(in crate::render) struct Report {
    pub(in crate::render) message: Option<String>,
    pub(in crate::render) url: Option<String>,
}

/// What is told of one occurrence.
pub(in crate::render) struct Description {
    /// A clause for subjects and titles, after the name.
    pub(in crate::render) headline: String,
    pub(in crate::render) sentences: Vec<String>,
}

impl Description {
    pub(super) fn new(headline: impl Into<String>, first: impl Into<Option<String>>) -> Self {
        Self { headline: headline.into(), sentences: first.into().into_iter().collect() }
    }

    /// With one more sentence, where there is one.
    pub(super) fn and(mut self, sentence: impl Into<Option<String>>) -> Self {
        self.sentences.extend(sentence.into());
        self
    }
}

/// What is told of one occurrence, for titles and in sentences.
pub(in crate::render) trait Descriptions {
    fn of_life(&self, life: &Life, facts: &OccurrenceFacts<'_>) -> Description;
    fn of_health(&self, health: &Health, facts: &OccurrenceFacts<'_>) -> Description;
    fn of_service(&self, service: &Service, facts: &OccurrenceFacts<'_>) -> Description;
    /// What the report of a renewal says that was seen, too.
    fn seen_as_reported(&self, report: &Report, by: &str, is_date: bool) -> Vec<String>;
}

impl dyn Wording {
    pub(in crate::render) fn describe(&self, facts: &OccurrenceFacts<'_>) -> Description {
        let mut description = match &facts.detail {
            EscapedDetail::NewDate(of, new) => {
                let OccurrenceFacts { name, end: old, clock, .. } = facts;
                self.date_changed(&DateChange { of: *of, name, old: *old, new: *new, clock: *clock })
            }
            EscapedDetail::Digest(digest) => {
                let sentences = self.digest(digest, facts.clock);
                return Description { headline: self.digest_headline(digest), sentences };
            }
            EscapedDetail::Life(life) => self.of_life(life, facts),
            EscapedDetail::Health(health) => self.of_health(health, facts),
            EscapedDetail::Service(service) => self.of_service(service, facts),
        };
        if let (Some(report), Some(by)) = (&facts.report, facts.evidence.by()) {
            description.sentences.extend(self.seen_as_reported(report, by, facts.is_date));
        }
        description
    }
}

/// Why a recipient is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) enum Listening {
    /// These policies tell of these kinds.
    Policies { policies: Vec<String>, kinds: Vec<EventKind> },
    /// They were reminded of the certificate that is renewed.
    Reminded,
    /// They were told of the anomaly that is over.
    ToldOfTheAnomaly,
    /// They heard of the certificates before the change.
    Former,
    /// No other contact would be told.
    Default,
    /// It asked for it, so.
    Digest(String),
}

impl Listening {
    /// What several policies tell of in one message is one sentence.
    pub(in crate::render) fn join(&mut self, other: Self) {
        if let (Self::Policies { policies, kinds }, Self::Policies { policies: more, kinds: others }) = (self, other) {
            let new = more.into_iter().filter(|policy| !policies.contains(policy)).collect::<Vec<_>>();
            policies.extend(new);
            let new = others.into_iter().filter(|kind| !kinds.contains(kind)).collect::<Vec<_>>();
            kinds.extend(new);
        }
    }
}

/// How often each mark stands in a message, the most urgent first.
pub(in crate::render) type Marks = Vec<(&'static str, usize)>;

/// The sentences of what happened.
pub(in crate::render) trait Newswriting {
    /// How often each mark stands, the number between two `mark`s.
    fn counted(&self, marks: &Marks, mark: &str) -> String;
    /// `3 certificates`, or what is said of so many dates.
    fn how_many(&self, count: usize, are_dates: bool) -> String;
    /// A clause as the beginning of a sentence.
    fn capital(&self, clause: &str) -> String {
        clause.to_owned()
    }
    fn because(&self, listening: &Listening) -> String;
}
