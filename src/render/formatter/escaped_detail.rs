//! What happened in texts that are harmless for the channel: a new event has none before it stands here.

use super::{ERROR, Formatter, NAME, SERIAL};
use crate::cause;
use crate::certificate::Certificate;
use crate::event::{AuthorityChange, Detail, MonitoringChange, Occurrence};
use crate::render::wording::{ChainChange, EscapedDetail, Health, Life, OtherCertificate, Report, Service, Stopped};
use crate::text::untrusted::cap;

impl Formatter<'_> {
    /// At most `shown` names of any list in it.
    pub(super) fn escaped_detail(&self, occurrence: &Occurrence, shown: usize) -> EscapedDetail {
        let (life, health, service) = (EscapedDetail::Life, EscapedDetail::Health, EscapedDetail::Service);
        match &occurrence.detail {
            Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } => match new.date() {
                Some(of) => EscapedDetail::NewDate(of, new.not_after),
                None => life(Life::Renewed { new: self.other(new) }),
            },
            Detail::Downloaded { to } => life(Life::Downloaded { to: to.as_ref().map(|to| self.own(to)) }),
            Detail::Revoked { reason, since, source } => {
                let (reason, source) = (self.explained(reason.as_deref()), self.peers(source, ERROR));
                life(Life::Revoked { reason, since: *since, source })
            }
            Detail::RenewalMovedForward { end, explanation } => {
                let explanation = self.explained(explanation.as_deref());
                life(Life::RenewalMovedForward { end: *end, explanation })
            }
            Detail::Deleted => life(Life::Deleted),
            Detail::Replaced { by, no_longer_covered: names } => {
                let no_longer_covered = (!names.is_empty()).then(|| self.listed(names, names.len(), shown));
                life(Life::Replaced { by: self.other(by), no_longer_covered })
            }
            Detail::Shared { places } => {
                let listed: Vec<String> = places.iter().take(shown).map(|place| self.own(place)).collect();
                health(Health::Shared { places: self.words.list(&listed, places.len() - listed.len()) })
            }
            Detail::KeyReadable { path, by_others } => {
                health(Health::KeyReadable { path: self.own(path), by_others: *by_others })
            }
            Detail::FindingOpened { finding, message } => {
                let (lost, message) = (message.lost_registration(), self.clause(message));
                health(Health::FindingOpened { finding: *finding, lost, message })
            }
            Detail::FindingBurst { finding, count, names } => {
                let names = self.listed(names, *count, shown);
                health(Health::FindingBurst { finding: *finding, count: *count, names })
            }
            Detail::Recovered { finding, count, is_dropped } => {
                health(Health::Recovered { finding: *finding, count: *count, is_dropped: *is_dropped })
            }
            Detail::PutRight { by } => health(Health::PutRight { by: self.other(by) }),
            Detail::MonitoringStopped { change, names, count } => {
                let (stopped, names) = (self.stopped(change), self.listed(names, *count, shown));
                health(Health::MonitoringStopped { stopped, names, count: *count })
            }
            Detail::AuthorityChanged { changes, .. } => {
                let main = AuthorityChange::main(changes).map(|change| self.chain_change(change));
                let changes = changes.iter().map(|change| self.chain_change(change)).collect();
                service(Service::AuthorityChanged { main, changes })
            }
            Detail::Announced { text, date, source, count, names, .. } => {
                let own = self.words.announcement(occurrence.id.subject(), date);
                let text = self.text(own.as_ref().map_or(text, |(_, text)| text));
                let (date, source, names) = (self.own(date), self.text(source), self.listed(names, *count, shown));
                service(Service::Announced { text, date, source, count: *count, names })
            }
            Detail::Upgraded { from, to } => service(Service::Upgraded { from: self.own(from), to: self.own(to) }),
            Detail::Digest { digest } => EscapedDetail::Digest(self.digest(digest)),
            Detail::Reported { message, url, unmatched } => {
                let unmatched = unmatched.as_ref().map(|name| self.own(&cap(name, NAME)));
                service(Service::Reported { report: self.report(message.as_deref(), url.as_deref()), unmatched })
            }
        }
    }

    fn listed(&self, names: &[String], count: usize, shown: usize) -> String {
        let listed: Vec<String> = names.iter().take(shown).map(|name| self.peers(name, NAME)).collect();
        let more = count.max(names.len()).saturating_sub(listed.len());
        self.words.list(&listed, more)
    }

    fn explained(&self, why: Option<&str>) -> Option<String> {
        why.map(|why| self.peers(why, ERROR))
    }

    fn other(&self, certificate: &Certificate) -> OtherCertificate {
        OtherCertificate {
            issuer: self.issuer_name(&certificate.issuer),
            serial: self.peers(&certificate.serial, SERIAL),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
        }
    }

    pub(super) fn report(&self, message: Option<&str>, url: Option<&str>) -> Report {
        let text = |text: Option<&str>| text.map(|text| self.text(text)).filter(|text| !text.is_empty());
        Report { message: text(message), url: text(url) }
    }

    fn stopped(&self, change: &MonitoringChange) -> Stopped {
        match change {
            MonitoringChange::Removed => Stopped::Removed,
            MonitoringChange::SwitchedOff => Stopped::SwitchedOff,
            MonitoringChange::ContactDropped { contact } => {
                Stopped::ContactDropped { contact: self.own(contact.as_str()) }
            }
            MonitoringChange::Undeliverable { contact, channel, address, reason, cause } => Stopped::Undeliverable {
                contact: self.own(contact.as_str()),
                channel: *channel,
                address: address.as_ref().map(|address| self.own(address)),
                reason: self.clause(&cause::remembered(reason, cause.as_ref()).into()),
            },
            MonitoringChange::SnoozedLong { until } => Stopped::SnoozedLong { until: *until },
        }
    }

    fn chain_change(&self, change: &AuthorityChange) -> ChainChange {
        let name = |name: &String| self.issuer_name(name);
        match change {
            AuthorityChange::Issuer { from, to } => ChainChange::Issuer { from: name(from), to: name(to) },
            AuthorityChange::Root { from, to } => ChainChange::Root { from: name(from), to: name(to) },
            AuthorityChange::UsageLost { usage } => ChainChange::UsageLost { usage: self.peers(usage, NAME) },
            AuthorityChange::IntermediateExpires { subject, not_after } => {
                ChainChange::IntermediateExpires { subject: name(subject), not_after: *not_after }
            }
        }
    }
}
