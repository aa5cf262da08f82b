//! Which rows a list shows, in which order, and which columns: `--only`, `--sort`, `--columns`. The verdict is that of all rows.

use std::cmp::Ordering;

use certnotify::certificate::Certificate;
use certnotify::event::Severity;
use certnotify::policy::{did_you_mean, nearest};
use certnotify::render::untrusted::clean;

use super::verdict::left;
use super::{Report, Row};
use crate::cli::amounts::{is_short, length};

macro_rules! columns {
    ($($column:ident = $name:literal, $heading:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Column {
            $($column,)*
        }

        impl Column {
            pub(crate) const NAMES: [&str; [$($name),*].len()] = [$($name),*];

            pub(crate) fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$column),)* _ => None }
            }

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$column => $name,)* }
            }

            pub(super) const fn heading(self) -> &'static str {
                match self { $(Self::$column => $heading,)* }
            }
        }
    };
}

columns! {
    Status = "status", "STATUS";
    Left = "left", "LEFT";
    Expires = "expires", "EXPIRES";
    Name = "name", "NAME";
    Findings = "findings", "FINDINGS";
    Source = "source", "SOURCE";
    Subject = "subject", "SUBJECT";
    Issuer = "issuer", "ISSUER";
    Names = "names", "NAMES";
    Begins = "begins", "BEGINS";
    Lifetime = "lifetime", "LIFETIME";
    Serial = "serial", "SERIAL";
    Key = "key", "KEY";
    Signature = "signature", "SIGNATURE";
    Fingerprint = "fingerprint", "SHA-256";
}

/// What a list shows.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Listing {
    /// List only these statuses, as in warning,critical; counts and verdict are of all
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = status)]
    pub only: Vec<Severity>,
    /// List in the order of this column; -COLUMN the other way round [default: worst first]
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true, value_parser = sort)]
    pub sort: Option<Sort>,
    /// List these columns, as in name,left,issuer
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = column)]
    pub columns: Vec<Column>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Sort {
    column: Column,
    is_reverse: bool,
}

/// `COLUMN`, or `-COLUMN` for the other way round.
fn sort(text: &str) -> Result<Sort, String> {
    let (name, is_reverse) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    Ok(Sort { column: column(name)?, is_reverse })
}

fn column(name: &str) -> Result<Column, String> {
    let name = name.trim().to_lowercase();
    Column::named(&name).ok_or_else(|| {
        let all = || format!("there are {}", Column::NAMES.join(", "));
        format!("there is no such column; {}", did_you_mean(nearest(&name, &Column::NAMES), all))
    })
}

fn status(name: &str) -> Result<Severity, String> {
    let known = Severity::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(name.trim()));
    known.ok_or_else(|| "there are ok, warning, critical and unknown".to_owned())
}

impl Listing {
    /// Whether it says anything, and so needs a format that lists.
    pub(crate) const fn is_given(&self) -> bool {
        self.sort.is_some() || !self.only.is_empty() || !self.columns.is_empty()
    }
}

impl Report<'_> {
    /// Those of `rows` that are to be listed, in the order that is asked for, else as they are.
    pub(super) fn listed<'b>(&self, rows: impl IntoIterator<Item = &'b Row<'b>>) -> Vec<&'b Row<'b>> {
        let Listing { sort, only, .. } = &self.listing;
        let mut rows: Vec<&Row<'_>> =
            rows.into_iter().filter(|row| only.is_empty() || only.contains(&row.status)).collect();
        if let Some(Sort { column, is_reverse }) = *sort {
            rows.sort_by(|one, other| {
                let order = column.compare(one, other);
                if is_reverse { order.reverse() } else { order }
            });
        }
        rows
    }
}

impl Column {
    /// What ends first and what is worst comes first; else by the text. Of what is not known, last.
    fn compare(self, one: &Row<'_>, other: &Row<'_>) -> Ordering {
        let known_first = |of: &dyn Fn(&Certificate) -> i128| {
            let key = |row: &Row<'_>| self.leaf(row).map_or(i128::MAX, of);
            key(one).cmp(&key(other))
        };
        match self {
            Self::Status => other.status.cmp(&one.status),
            Self::Left | Self::Expires => known_first(&|leaf| leaf.effective_end().unix_timestamp_nanos()),
            Self::Begins => known_first(&|leaf| leaf.not_before.unix_timestamp_nanos()),
            Self::Lifetime => known_first(&|leaf| leaf.lifetime().whole_nanoseconds()),
            _ => {
                let key = |row: &Row<'_>| {
                    let text = self.text(row);
                    (text.is_empty(), text.to_lowercase(), text)
                };
                key(one).cmp(&key(other))
            }
        }
    }

    /// The cell of a row, in the zone of the report where it is a time.
    pub(super) fn cell(self, row: &Row<'_>, report: &Report<'_>) -> String {
        let leaf = self.leaf(row);
        match self {
            Self::Left => left(leaf, report.at),
            Self::Expires => match leaf {
                Some(leaf) if leaf.has_no_end() => "no end".to_owned(),
                Some(leaf) => report.zone.minute(leaf.effective_end()),
                None => "-".to_owned(),
            },
            Self::Begins => leaf.map(|leaf| report.zone.minute(leaf.not_before)).unwrap_or_default(),
            _ => self.text(row),
        }
    }

    /// What is known of a row: of a date only the end.
    fn leaf<'r>(self, row: &'r Row<'_>) -> Option<&'r Certificate> {
        if matches!(self, Self::Left | Self::Expires) { row.leaf() } else { row.leaf_but_of_date() }
    }

    fn text(self, row: &Row<'_>) -> String {
        let of = |text: &dyn Fn(&Certificate) -> String| self.leaf(row).map(text).unwrap_or_default();
        match self {
            Self::Status => row.status.to_string(),
            Self::Name => clean(&row.observation.name),
            Self::Findings => super::verdict::findings(row),
            Self::Source => clean(&row.observation.source),
            Self::Subject => of(&|leaf| clean(&leaf.subject)),
            Self::Issuer => of(&|leaf| clean(&leaf.issuer)),
            Self::Names => of(&|leaf| {
                let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
                leaf.dns_names.iter().map(|name| clean(name)).chain(addresses).collect::<Vec<_>>().join(" ")
            }),
            Self::Lifetime => of(&|leaf| {
                if is_short(leaf) { length(leaf.lifetime()) } else { format!("{} d", leaf.lifetime_days()) }
            }),
            Self::Serial => of(&|leaf| clean(&leaf.serial)),
            Self::Key => of(&|leaf| {
                let bits = leaf.key.bits.map(|bits| format!(" {bits}")).unwrap_or_default();
                format!("{}{bits}", clean(&leaf.key.algorithm))
            }),
            Self::Signature => of(&|leaf| clean(&leaf.signature_algorithm)),
            Self::Fingerprint => of(&|leaf| leaf.fingerprint.to_string()),
            Self::Left | Self::Expires | Self::Begins => String::new(),
        }
    }
}
