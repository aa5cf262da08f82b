//! What authorities said of certificates: kept, so that each is told once and no authority is asked too often.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{History, Moment};
use crate::certificate::Fingerprint;
use crate::observation::{RenewalAnswer, RenewalWindow, Status, StatusAnswer};

/// The last renewal information of a certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RenewalRecord {
    pub window: Option<RenewalWindow>,
    #[serde(with = "time::serde::rfc3339")]
    pub ask_again: OffsetDateTime,
}

impl History {
    /// When the authority wants the certificate to be renewed, as it last said.
    #[must_use]
    pub fn renewal_window(&self, fingerprint: Fingerprint) -> Option<&RenewalWindow> {
        self.renewals.get(&fingerprint)?.window.as_ref()
    }

    /// Remembers who was found revoked. Not to know changes nothing.
    pub fn note_statuses(&mut self, answers: &[StatusAnswer], now: OffsetDateTime) {
        for answer in answers {
            match answer.status {
                Status::Revoked { .. } => {
                    self.revoked.entry(answer.fingerprint).or_insert(Moment(now));
                }
                // A certificate that was only on hold.
                Status::NotRevoked => {
                    self.revoked.remove(&answer.fingerprint);
                }
                Status::NotOffered | Status::Unknown { .. } => {}
            }
        }
    }

    /// Remembers the windows, and when the authorities may be asked again. Without an answer the last window stands.
    pub fn note_renewals(&mut self, answers: &[RenewalAnswer]) {
        for answer in answers {
            let record = self
                .renewals
                .entry(answer.fingerprint)
                .or_insert(RenewalRecord { window: None, ask_again: answer.ask_again });
            record.ask_again = answer.ask_again;
            if let Ok(window) = &answer.window {
                record.window = Some(window.clone());
            }
        }
    }
}
