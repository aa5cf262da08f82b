//! What is to be done about what happened, the same in every language.

use crate::cause::LostRegistration;
use crate::certificate::Certificate;
use crate::event::{AuthorityChange, Detail, EventKind, FindingId, MonitoringChange, Occurrence};

/// What is to be done about an end, and about one occurrence, by what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum ToDo {
    Renew { is_automatic: bool },
    PutNewerInPlace { is_one_of_several: bool },
    Load,
    Serve,
    Revoked,
    RenewalMovedForward,
    Deleted,
    Replaced,
    Shared,
    KeyReadableByAll,
    KeyReadableByGroup,
    Finding(FindingId),
    RestoreRegistration,
    SeeWhoseDomain,
    PutFileThere,
    FindingBurst,
    Removed,
    SwitchedOff,
    ContactDropped,
    // Mails to one of several addresses fail. Here, and with the next two, a command is typed.
    AddressFails,
    ChannelFails,
    SnoozedLong,
    UsageLost,
    IntermediateExpires,
    AuthorityChanged,
    ReportedIssuance { is_watched: bool },
    ReportedRevocation,
    ReportedDeletion,
    ReportedEnd,
}

impl ToDo {
    /// Of what is reported: to get a new one, whatever it is.
    pub(in crate::render) const fn is_to_get_another(self) -> bool {
        matches!(self, Self::ReportedRevocation | Self::ReportedEnd)
    }

    /// Nothing where the reader is only told.
    pub(in crate::render) fn new(occurrence: &Occurrence) -> Option<Self> {
        Some(match &occurrence.detail {
            Detail::Revoked { .. } => Self::Revoked,
            Detail::RenewalMovedForward { .. } => Self::RenewalMovedForward,
            Detail::Deleted => Self::Deleted,
            Detail::Replaced { .. } => Self::Replaced,
            Detail::Shared { .. } => Self::Shared,
            Detail::KeyReadable { by_others: true, .. } => Self::KeyReadableByAll,
            Detail::KeyReadable { .. } => Self::KeyReadableByGroup,
            Detail::FindingOpened { finding, message } => match message.lost_registration() {
                Some(LostRegistration::Ended) => Self::RestoreRegistration,
                Some(LostRegistration::NotRegistered) => Self::SeeWhoseDomain,
                None if message.is_missing_file() && occurrence.certificate.is_some() => Self::Deleted,
                None if message.is_missing_file() => Self::PutFileThere,
                None => Self::Finding(*finding),
            },
            Detail::FindingBurst { .. } => Self::FindingBurst,
            Detail::MonitoringStopped { change, .. } => match change {
                MonitoringChange::Removed => Self::Removed,
                MonitoringChange::SwitchedOff => Self::SwitchedOff,
                MonitoringChange::ContactDropped { .. } => Self::ContactDropped,
                MonitoringChange::Undeliverable { address: Some(_), .. } => Self::AddressFails,
                MonitoringChange::Undeliverable { .. } => Self::ChannelFails,
                MonitoringChange::SnoozedLong { .. } => Self::SnoozedLong,
            },
            Detail::AuthorityChanged { changes, .. } => of_authority(changes),
            // No authority issues a date.
            Detail::Reported { .. } if occurrence.kind == EventKind::Issuance && is_date(occurrence) => return None,
            Detail::Reported { unmatched, .. } => reported(occurrence.kind, unmatched.is_none())?,
            Detail::Renewed { .. }
            | Detail::RenewedAsReported { .. }
            | Detail::Downloaded { .. }
            | Detail::Recovered { .. }
            | Detail::PutRight { .. }
            | Detail::Announced { .. }
            | Detail::Upgraded { .. }
            | Detail::Digest { .. } => return None,
        })
    }
}

fn is_date(occurrence: &Occurrence) -> bool {
    occurrence.certificate.as_ref().is_some_and(Certificate::is_date)
}

fn of_authority(changes: &[AuthorityChange]) -> ToDo {
    if changes.iter().any(|change| matches!(change, AuthorityChange::UsageLost { .. })) {
        ToDo::UsageLost
    } else if changes.iter().any(|change| matches!(change, AuthorityChange::IntermediateExpires { .. })) {
        ToDo::IntermediateExpires
    } else {
        ToDo::AuthorityChanged
    }
}

const fn reported(kind: EventKind, is_watched: bool) -> Option<ToDo> {
    Some(match kind {
        EventKind::Issuance => ToDo::ReportedIssuance { is_watched },
        EventKind::Revocation => ToDo::ReportedRevocation,
        EventKind::HostingFailure => ToDo::Finding(FindingId::RenewalLate),
        EventKind::Deletion => ToDo::ReportedDeletion,
        EventKind::Expiration | EventKind::Expired => ToDo::ReportedEnd,
        EventKind::Download
        | EventKind::Sharing
        | EventKind::Hosting
        | EventKind::NotificationsDisabled
        | EventKind::Anomaly
        | EventKind::Recovery
        | EventKind::CaChange
        | EventKind::Notice
        | EventKind::Announcement
        | EventKind::Update
        | EventKind::Upgrade => return None,
    })
}
