//! The sentences, one folder per language.
//!
//! One more language: a row of `policy::Language`, an arm in [`of`], one folder that implements
//! [`Wording`], [`Phrases`], [`Newswriting`], [`Descriptions`], [`Sentences`], [`Dates`] and [`Titles`], and a
//! column of `phrases`, `marks`, `instructions` and `announcements`. The compiler asks for every sentence: a lint refuses arms that stand for all other events. The tests of
//! messages take each language of `Language::ALL`.

#![warn(clippy::wildcard_enum_match_arm)]

mod announcements;
mod dates;
mod digests;
mod en;
mod full_width;
mod instructions;
mod ja;
mod marks;
mod occurrences;
mod phrases;
mod sentences;
mod titles;
mod to_do;
mod zh_cn;

pub(super) use dates::Dates;
pub(super) use digests::{DigestFacts, DigestList, DigestRow};
pub use en::{news_in_words, reason_in_words};
pub(super) use occurrences::{
    ChainChange, Description, Descriptions, EscapedDetail, Health, Life, Listening, Marks, Newswriting,
    OccurrenceFacts, OtherCertificate, Report, Service, Stopped,
};
pub(super) use phrases::{Label, Phrase, Phrases};
pub(super) use sentences::{Held, Recipients, Remark, Sentence, Sentences, ToldLater, Until};
pub(super) use titles::{Titles, Worst};
pub(super) use to_do::ToDo;

use time::{Date, Duration, OffsetDateTime};

use self::marks::Words;
use super::urgency::{Left, Totals};
use crate::cause::FailureCause;
use crate::certificate::is_no_end;
use crate::event::FindingId;
use crate::policy::{Frequency, Language, Zone};
use crate::schedule::{EffectivePolicy, ReminderReason};

/// The words of a language.
pub(super) fn of(language: Language) -> &'static dyn Wording {
    match language {
        Language::English => &en::English,
        Language::SimplifiedChinese => &zh_cn::SimplifiedChinese,
        Language::Japanese => &ja::Japanese,
    }
}

/// The zone and the moment of a message: what its times are told by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock<'a> {
    pub(super) zone: &'a Zone,
    pub(super) now: OffsetDateTime,
}

impl Clock<'_> {
    pub(super) fn date(&self, at: OffsetDateTime) -> Date {
        self.zone.wall(at).date()
    }

    /// `2026-12-14`.
    pub(super) fn iso_date(&self, at: OffsetDateTime) -> String {
        iso(self.date(at))
    }

    /// The same of an end, where there is one.
    pub(super) fn end_date(&self, end: OffsetDateTime) -> Option<String> {
        (!is_no_end(end)).then(|| self.iso_date(end))
    }

    /// `08:07`.
    pub(super) fn hour(&self, at: OffsetDateTime) -> String {
        let wall = self.zone.wall(at);
        format!("{:02}:{:02}", wall.hour(), wall.minute())
    }

    /// `2026-12-14 00:59:59`.
    pub(super) fn stamp(&self, at: OffsetDateTime) -> String {
        let wall = self.zone.wall(at);
        format!("{} {:02}:{:02}:{:02}", iso(wall.date()), wall.hour(), wall.minute(), wall.second())
    }

    fn is_today(&self, at: OffsetDateTime) -> bool {
        self.date(at) == self.date(self.now)
    }

    fn is_this_year(&self, at: OffsetDateTime) -> bool {
        self.date(at).year() == self.date(self.now).year()
    }

    /// The stamp in UTC, where the zone tells another one.
    pub(super) fn other_in_utc(&self, at: OffsetDateTime) -> Option<String> {
        (self.zone.offset_name(at) != "UTC").then(|| Clock { zone: &Zone::UTC, ..*self }.stamp(at))
    }
}

pub(super) fn iso(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Marks in a title or a sentence; the others are counted.
const MARKS: usize = 4;

/// The end of one certificate.
pub(super) struct End<'a> {
    pub(super) name: &'a str,
    pub(super) left: Left,
    pub(super) clock: Clock<'a>,
    pub(super) at: OffsetDateTime,
}

/// Everything that a message says in sentences. Names that are handed in are harmless where they will stand, and
/// none of these adds a character that a mail or a chat would take as markup. What is said alike in all languages with
/// full-width letters stands here.
pub(super) trait Wording: Phrases + Newswriting + Descriptions + Sentences + Titles + Dates + Sync {
    /// What has Chinese characters in the forms of its readers, for style sheets.
    fn fonts(&self) -> &'static str {
        "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC'"
    }
    /// `Expires: 2026-12-14`.
    fn field(&self, label: Label, value: &str) -> String {
        format!("{}：{value}", self.label(label))
    }
    /// `a, b`, `a, b and 3 more`.
    fn list(&self, items: &[String], more: usize) -> String;
    /// `name (other name)`.
    fn aside(&self, text: &str, aside: &str) -> String {
        format!("{text}（{aside}）")
    }
    /// Two clauses as one line.
    fn clauses(&self, clauses: &[String]) -> String;
    /// A clause as a sentence.
    fn stopped(&self, clause: &str) -> String {
        format!("{clause}。")
    }
    /// Two sentences as one paragraph.
    fn sentences(&self, sentences: &[String]) -> String {
        sentences.concat()
    }

    /// `14 November`.
    fn day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String;
    /// `Monday, 14 November`.
    fn weekday(&self, clock: Clock<'_>, at: OffsetDateTime) -> String;
    /// `Sat 2026-11-21`, always equally wide.
    fn short_day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String;
    /// `today 08:07`.
    fn seen(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        let day = if clock.is_today(at) { self.phrase(Phrase::Today).to_owned() } else { clock.iso_date(at) };
        format!("{day} {}", clock.hour(at))
    }
    /// `CET`.
    fn zone_mark(&self, clock: Clock<'_>, at: OffsetDateTime) -> String;
    /// Which zone the times of a message are in; `times` are those that it shows.
    fn zone(&self, clock: Clock<'_>, times: &[OffsetDateTime]) -> String;
    /// `22 days left`, and in a list `22 d`.
    fn left_words(&self, left: Left) -> (String, String);

    fn opening(&self, end: &End<'_>) -> String;
    /// What is to be done, as a sentence.
    fn instruction(&self, to_do: &str) -> String;
    /// ` at a and b`, or nothing.
    fn at(&self, places: &str) -> String;
    /// What to do, as a sentence; where a command is to be typed, it ends before that.
    fn to_do(&self, to_do: ToDo, places: &str) -> String {
        let finding = if let ToDo::Finding(finding) = to_do { Some(finding) } else { None };
        self.instructed(instructions::to_do(to_do), finding.as_slice(), places)
    }
    /// What to do about several faults of one certificate, each of which ends with it.
    fn another_certificate(&self, findings: &[FindingId], places: &str) -> String {
        self.instructed(instructions::another_certificate(findings), findings, places)
    }
    /// What one row of instructions says of these.
    fn instructed(&self, words: Words, findings: &[FindingId], places: &str) -> String {
        let accepted: Vec<String> = findings.iter().map(FindingId::to_string).collect();
        let (at, accepted) = (self.at(places), self.list(&accepted, 0));
        let parts = words[self.language() as usize].split(['{', '}']).enumerate();
        let parts = parts.map(|(nth, part)| match part {
            _ if nth % 2 == 0 => part,
            "at" => &at,
            "there" => at.trim_start(),
            "places" => places,
            _ => &accepted,
        });
        let clause: String = parts.collect();
        if clause.ends_with([':', '：']) { clause } else { self.instruction(&clause) }
    }
    /// Why something did not work: a clause in English that was remembered as text.
    fn reason(&self, said: &str) -> String {
        said.to_owned()
    }
    /// Why a look failed, or what is wrong with what it showed, as a clause.
    fn cause(&self, cause: &FailureCause) -> String;

    /// A clause: `7 days before its end`.
    fn why(&self, why: &ReminderReason, terms: &EffectivePolicy, clock: Clock<'_>) -> String;
    /// What a policy does.
    fn policy(&self, pace: &Pace<'_>) -> String;

    /// Exact numbers for each tier that has any, each between two `mark`s.
    fn totals(&self, totals: &Totals, mark: &str) -> String;
    /// The certificates that are not in the message, which may be `of_dates` alone.
    fn others(&self, need_nothing: usize, not_seen: usize, of_dates: bool) -> Option<String>;

    fn page(&self, number: usize, of: usize) -> String {
        format!("（{number}/{of}）")
    }
}

/// How often a policy reminds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pace<'a> {
    pub(super) policy: String,
    /// How many certificates it reminds of in the message.
    pub(super) rows: usize,
    /// All of these are dates.
    pub(super) are_dates: bool,
    /// No other one is told in the message.
    pub(super) is_alone: bool,
    /// Before the end, as it asks.
    pub(super) lead: Duration,
    pub(super) frequency: Frequency,
    /// Longest first.
    pub(super) milestones: &'a [Duration],
    /// Those that matter, each once, sorted.
    pub(super) rhythms: Vec<Rhythm>,
}

/// What a policy counts its reminders from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rhythm {
    BeforeTheEnd,
    WhenRenewalIsLate,
    WhileNotServed,
    AfterTheEnd,
    /// To recipients whom no reminder before the end reached, and who hear nothing else after it.
    OnceAfterTheEnd,
}

impl Pace<'_> {
    /// After the end it is the same policy whatever it asks for before: a share of the lifetime is another time for each.
    pub(super) fn is_of_the_same_policy(&self, other: &Self) -> bool {
        (&self.policy, self.frequency) == (&other.policy, other.frequency)
            && ((self.lead, self.milestones) == (other.lead, other.milestones)
                || !self.is_before() && !other.is_before())
    }

    /// The days left at the milestones, where all are whole days.
    fn milestone_days(&self) -> Option<Vec<String>> {
        let is_whole = |left: &Duration| *left == Duration::days(left.whole_days());
        let days = |left: &Duration| is_whole(left).then(|| left.whole_days().to_string());
        self.milestones.iter().map(days).collect()
    }

    /// Something is told before the end.
    fn is_before(&self) -> bool {
        self.rhythms.iter().any(|rhythm| !matches!(rhythm, Rhythm::AfterTheEnd | Rhythm::OnceAfterTheEnd))
    }
}

#[cfg(test)]
mod tests;
