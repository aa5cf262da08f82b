//! `certnotify event --from`: what a service hands over on standard input, as reports.

use std::io::{IsTerminal as _, Read as _};

use certnotify::event::{HandedOver, Report, Service};
use certnotify::render::untrusted::{cap, clean};
use time::{Duration, OffsetDateTime};

use crate::cli::{exit, inputs};

/// A namespace of a cluster lists its events in less.
const LARGEST: u64 = 16 << 20;
/// What happened before is told as if it had happened then: the memory takes nothing that is older.
const OLDEST: Duration = Duration::days(29);

/// What was handed over.
pub(super) enum Reports {
    Of(Vec<Report>),
    /// To be printed for the service.
    Answer(String),
}

pub(super) fn reports(service: Service, by: Option<&str>, now: OffsetDateTime) -> anyhow::Result<Reports> {
    let text = standard_input()?;
    let handed_over = service.read(&text, &inputs::environment).map_err(|refused| {
        let message = format!("event: --from {}: {}", service.as_str(), cap(&clean(&refused.message), 300));
        exit::advised(message, refused.help)
    })?;
    let events = match handed_over {
        HandedOver::Answer(answer) => return Ok(Reports::Answer(answer)),
        HandedOver::Events(events) => events,
    };
    let by = by.unwrap_or(service.reporter());
    let report = |event: certnotify::event::ServiceEvent| {
        let at = event.at.unwrap_or(now).clamp(now.saturating_sub(OLDEST), now);
        Report::from_service(event, by.to_owned(), at)
    };
    Ok(Reports::Of(events.into_iter().map(report).collect()))
}

/// Nothing where a person would have to type it.
fn standard_input() -> anyhow::Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    let read = input.lock().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| exit::advised(format!("event: standard input: {error}"), "hand over the event there"))?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("event: standard input has more than {} MiB", LARGEST >> 20);
        return Err(exit::advised(message, "hand over fewer events at once"));
    }
    String::from_utf8(bytes)
        .map_err(|_| exit::advised("event: standard input is no text in UTF-8", "hand over the JSON as it was sent"))
}
