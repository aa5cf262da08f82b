//! The ends of the next twelve months as a drawing, a bar a week, and the same in a table for readers of the text.

use std::collections::BTreeMap;
use std::io::{self, Write};

use certnotify::certificate::Certificate;
use certnotify::event::{FindingId, Severity};
use time::{Date, Duration, OffsetDateTime};

use super::{STATUSES, text};
use crate::cli::amounts::counted;
use crate::cli::report::Report;
use crate::cli::report::verdict::words;

/// Bars, a week each; one more on the left is what has expired.
const WEEKS: usize = 53;
/// Of the drawing, in its own units.
const LEFT: usize = 40;
const BAR: usize = 17;
const FLOOR: usize = 170;
const HEIGHT: usize = 130;
const WIDTH: usize = LEFT + (WEEKS + 1) * BAR + 20;
/// Dates at which a root or an authority ends, beyond which none is drawn.
const MOST_HORIZONS: usize = 8;

/// How many ends there are in each week, by status.
#[derive(Default)]
struct Bars {
    /// The first is what has expired.
    weeks: Vec<[usize; STATUSES.len()]>,
    /// Certificates whose reminders begin in that week.
    deadlines: Vec<usize>,
    later: usize,
    endless: usize,
    months: BTreeMap<(i32, u8), usize>,
    horizons: BTreeMap<Date, (FindingId, String, usize)>,
}

pub(super) fn write(report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
    let bars = Bars::new(report);
    writeln!(to, "<section aria-labelledby=\"ends\">\n<h2 id=\"ends\">The next twelve months</h2>\n<figure>")?;
    bars.draw(report, to)?;
    bars.caption(to)?;
    writeln!(to, "</figure>")?;
    bars.table(to)?;
    writeln!(to, "</section>")
}

impl Bars {
    fn new(report: &Report<'_>) -> Self {
        let mut bars =
            Self { weeks: vec![[0; STATUSES.len()]; WEEKS + 1], deadlines: vec![0; WEEKS + 1], ..Self::default() };
        for row in &report.rows {
            for finding in row.open() {
                bars.note_horizon(finding.id, finding.until, &finding.message.to_string());
            }
            let Some(leaf) = row.leaf().filter(|_| row.renewed_by.is_none()) else { continue };
            if leaf.has_no_end() {
                bars.endless += 1;
                continue;
            }
            bars.note_end(report, leaf, row.status);
            let begins = row.limits.and_then(|limits| limits.warning);
            let begins =
                begins.map(|left| leaf.effective_end().saturating_sub(left)).filter(|begins| *begins > report.at);
            if let Some(week) = begins.and_then(|begins| bar_of(begins, report.at)) {
                bars.deadlines[week] += 1;
            }
        }
        bars
    }

    fn note_end(&mut self, report: &Report<'_>, leaf: &Certificate, status: Severity) {
        let end = leaf.effective_end();
        let Some(week) = bar_of(end, report.at) else {
            self.later += 1;
            return;
        };
        let rank = STATUSES.iter().position(|known| *known == status).unwrap_or(0);
        self.weeks[week][rank] += 1;
        if week > 0 {
            let local = report.zone.local(end);
            *self.months.entry((local.year(), local.month().into())).or_default() += 1;
        }
    }

    fn note_horizon(&mut self, id: FindingId, until: Option<OffsetDateTime>, message: &str) {
        if let (FindingId::RootHorizon | FindingId::CaHorizon, Some(until)) = (id, until) {
            let known = self.horizons.entry(until.date()).or_insert_with(|| (id, message.to_owned(), 0));
            known.2 += 1;
        }
    }

    fn draw(&self, report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
        let highest = self.weeks.iter().map(|week| week.iter().sum()).max().unwrap_or(0).max(1);
        writeln!(
            to,
            "<svg viewBox=\"0 0 {WIDTH} 215\" role=\"img\" aria-labelledby=\"drawing-title\" focusable=\"false\">\n\
             <title id=\"drawing-title\">Ends of certificates by week. The table below has the same by month.</title>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{highest}</text><line class=\"axis\" x1=\"{LEFT}\" y1=\"{FLOOR}\" x2=\"{}\" y2=\"{FLOOR}\"/>",
            LEFT - 6,
            FLOOR - HEIGHT + 10,
            WIDTH - 20
        )?;
        for (number, week) in self.weeks.iter().enumerate() {
            let mut y = FLOOR;
            for (status, count) in STATUSES.iter().zip(week).filter(|(_, count)| **count > 0) {
                let height = (count * HEIGHT / highest).max(3);
                y -= height.min(y);
                let (x, width) = (LEFT + number * BAR + 1, BAR - 2);
                writeln!(to, "<rect class=\"{status}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>")?;
            }
            if self.deadlines[number] > 0 {
                let x = LEFT + number * BAR + BAR / 2;
                writeln!(to, "<circle class=\"deadline\" cx=\"{x}\" cy=\"{}\" r=\"3\"/>", FLOOR + 8)?;
            }
        }
        self.labels(report, to)?;
        writeln!(to, "</svg>")
    }

    /// Months below, today and the ends of trust as lines.
    fn labels(&self, report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
        let today = LEFT + BAR;
        writeln!(
            to,
            "<line class=\"today\" x1=\"{today}\" y1=\"20\" x2=\"{today}\" y2=\"{}\"/><text x=\"{}\" y=\"16\">today</text>",
            FLOOR + 14,
            today + 2
        )?;
        let mut month = report.zone.local(report.at).date().replace_day(1).unwrap_or(Date::MIN);
        for number in 0..12 {
            month = month.saturating_add(Duration::days(31)).replace_day(1).unwrap_or(month);
            let Some(x) = place_of(month, report) else { continue };
            let name = &month.month().to_string()[..3];
            let year = if month.month() == time::Month::January { format!(" {}", month.year()) } else { String::new() };
            let minor = if number % 3 == 0 { "" } else { " class=\"minor\"" };
            writeln!(
                to,
                "<line class=\"month\" x1=\"{x}\" y1=\"{FLOOR}\" x2=\"{x}\" y2=\"{}\"/><text{minor} x=\"{}\" y=\"{}\">{name}{year}</text>",
                FLOOR + 26,
                x + 3,
                FLOOR + 30
            )?;
        }
        for (number, day) in self.horizons.keys().take(MOST_HORIZONS).enumerate() {
            let Some(x) = place_of(*day, report) else { continue };
            writeln!(
                to,
                "<line class=\"horizon\" x1=\"{x}\" y1=\"24\" x2=\"{x}\" y2=\"{FLOOR}\"/><text x=\"{}\" y=\"34\">{}</text>",
                x + 3,
                number + 1
            )?;
        }
        Ok(())
    }

    fn caption(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut sentences = Vec::new();
        if self.weeks[0].iter().any(|count| *count > 0) {
            sentences.push("Left of today: what has expired.".to_owned());
        }
        if self.deadlines.iter().any(|count| *count > 0) {
            sentences.push("A dot: reminders or warnings begin in that week.".to_owned());
        }
        if self.later > 0 {
            sentences.push(format!(
                "{} {} later than in twelve months.",
                self.later,
                if self.later == 1 { "ends" } else { "end" }
            ));
        }
        if self.endless > 0 {
            sentences.push(format!("{} without an end.", self.endless));
        }
        write!(to, "<figcaption>{}", sentences.join(" "))?;
        if !self.horizons.is_empty() {
            write!(to, "<ol>")?;
            for (day, (id, message, count)) in self.horizons.iter().take(MOST_HORIZONS) {
                let of = counted(*count, "certificate", "certificates");
                write!(to, "<li>{day}: {}, {of}: {}</li>", words(*id), text(message))?;
            }
            write!(to, "</ol>")?;
        }
        writeln!(to, "</figcaption>")
    }

    fn table(&self, to: &mut dyn Write) -> io::Result<()> {
        if self.months.is_empty() {
            return Ok(());
        }
        writeln!(
            to,
            "<details><summary>The same as a table</summary><table class=\"months\"><thead><tr><th scope=\"col\">Month</th><th scope=\"col\">Ends</th></tr></thead><tbody>"
        )?;
        for ((year, month), count) in &self.months {
            writeln!(to, "<tr><th scope=\"row\">{year}-{month:02}</th><td>{count}</td></tr>")?;
        }
        writeln!(to, "</tbody></table></details>")
    }
}

/// The bar that a moment belongs to: 0 before now, none after the last week.
fn bar_of(moment: OffsetDateTime, now: OffsetDateTime) -> Option<usize> {
    if moment < now {
        return Some(0);
    }
    let week = usize::try_from((moment - now).whole_weeks()).ok()?;
    (week < WEEKS).then_some(week + 1)
}

/// Where a day to come is in the drawing.
fn place_of(day: Date, report: &Report<'_>) -> Option<usize> {
    let today = report.zone.local(report.at).date().to_julian_day();
    let days = usize::try_from(day.to_julian_day().saturating_sub(today)).ok()?;
    (days < WEEKS * 7).then_some(LEFT + BAR + days * BAR / 7)
}
