//! A new file that the server of this machine has not loaded: it was started before.

use time::{Duration, OffsetDateTime};

use crate::cause::FindingCause;
use crate::event::{Finding, FindingId};
use crate::observation::{Listener, Loading, ObservedCertificate};

/// A hook that loads a new file has so long.
const TIME_TO_LOAD: Duration = Duration::HOUR;

/// The moment at which a process began is known to the second, or two.
const BLUR: Duration = Duration::seconds(2);

/// The ports whose server is older than the file, and those of which nothing is known.
pub(super) fn not_loaded(sight: &ObservedCertificate, now: OffsetDateTime) -> Vec<Finding> {
    let Some(Loading { changed, listeners }) = &sight.checks().loading else { return Vec::new() };
    // A copy may keep an old time, but never one before the certificate was made.
    let changed = (*changed).max(sight.chain.leaf.not_before).min(now);
    let had_time = now >= changed.saturating_add(TIME_TO_LOAD);
    let (mut late, mut unknown) = (Vec::new(), Vec::new());
    for listener in listeners {
        let port = listener.port;
        match &listener.seen {
            Ok(Some(server)) if had_time && server.since.saturating_add(BLUR) < changed => {
                let Listener { program, process, since } = server.clone();
                late.push(FindingCause::NotLoaded { port, program, process, since, changed });
            }
            Ok(_) => {}
            Err(why) => unknown.push(FindingCause::ServerUnknown { port, why: *why }),
        }
    }
    let late = Finding::from_all(FindingId::NotReloaded, late);
    late.into_iter().chain(Finding::from_all(FindingId::LoadingUnknown, unknown)).collect()
}
