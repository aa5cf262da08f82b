//! One message of a chat before its vendor's markup: totals, rows, and what people are told at the end.

use crate::text::words;
use serde_json::Value;

/// How much is told of each certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layout {
    /// A paragraph.
    Rich,
    /// Name, end, issuer, place.
    Medium,
    /// Name and end.
    Dense,
}

words! {
    /// How urgent, most urgent first.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) enum Tier {
        Expired = "expired",
        Within7 = "within-7-days",
        /// Something happened that asks for action.
        Urgent = "urgent",
        Within30 = "within-30-days",
        Later = "later",
        /// Something happened that is good to know.
        Calm = "calm",
    }
}

/// One message before a vendor's markup; every text in it is escaped for that vendor.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// RFC 5646: `en`, `zh-CN`.
    pub(crate) language: &'static str,
    pub(crate) columns: Columns,
    pub(crate) tier: Option<Tier>,
    /// For a field that has no markup.
    pub(crate) title: String,
    /// The same in the vendor's markup.
    pub(crate) heading: String,
    pub(crate) head: Vec<String>,
    pub(crate) layout: Layout,
    pub(crate) rows: Vec<ChatRow>,
    pub(crate) footer: Vec<String>,
    /// `all`, mobile numbers or user identifiers as the policy file has them.
    pub(crate) mentions: Vec<String>,
}

/// The words above the columns of a table, in the language of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    pub(crate) left: &'static str,
    pub(crate) certificate: &'static str,
    pub(crate) expires: &'static str,
    pub(crate) seen: &'static str,
    pub(crate) issuer: &'static str,
}

/// One certificate, or what happened to one.
#[derive(Clone, Debug)]
pub(crate) struct ChatRow {
    pub(crate) number: usize,
    pub(crate) label: String,
    /// `22 days left`.
    pub(crate) left: String,
    /// The same, in words of certnotify alone.
    pub(crate) status_label: String,
    /// `22 d`.
    pub(crate) left_short: String,
    pub(crate) tier: Tier,
    pub(crate) date: String,
    pub(crate) issuer: String,
    pub(crate) place: String,
    /// What a rich layout adds below.
    pub(crate) lines: Vec<String>,
}

impl ChatRow {
    /// Date, place and issuer, as far as there are.
    pub(crate) fn facts(&self) -> String {
        let facts = [&self.date, &self.place, &self.issuer].into_iter().filter(|fact| !fact.is_empty());
        facts.map(String::as_str).collect::<Vec<_>>().join(" · ")
    }

    /// It is over, or nearly, or asks for a deed.
    pub(super) const fn is_pressing(&self) -> bool {
        matches!(self.tier, Tier::Expired | Tier::Within7 | Tier::Urgent)
    }
}

/// What a vendor makes of a page.
pub(crate) trait PageFormat: Sync {
    /// Makes untrusted text harmless in this vendor's markup.
    fn escape(&self) -> fn(&str) -> String;

    /// The vendor's JSON, unsigned; and a plainer one that names the same, for a server that refuses the first.
    fn payload(&self, page: &Page) -> (Value, Option<Value>);

    fn fits(&self, payload: &Value) -> bool;

    /// The same for text in the head of a page, as of a template or a correction.
    fn ink_of_templates(&self) -> fn(&str) -> String {
        self.escape()
    }

    /// Its messages are read on a phone, in a few lines.
    fn is_for_phones(&self) -> bool {
        false
    }

    /// Ends a line inside a paragraph.
    fn line_break(&self) -> &'static str {
        "\n"
    }

    /// The people whom a page cannot mention, in a message of their own.
    fn mention_message(&self, _title: &str, _mentions: &[String]) -> Option<Value> {
        None
    }
}

/// `+` or eleven digits from 1: a mobile number, and no user identifier.
pub(super) fn is_mobile(mention: &str) -> bool {
    let digits = mention.strip_prefix('+').unwrap_or(mention);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_number && (digits.len() < mention.len() || (mention.len() == 11 && mention.starts_with('1')))
}
