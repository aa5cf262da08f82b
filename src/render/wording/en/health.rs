//! English, of what is wrong, over, or watched no more.

use super::English;
use super::ends::ends_on;
use super::occurrences_to_do::at;
use crate::render::wording::occurrences::{Health, Newswriting as _, OccurrenceFacts, Stopped};

impl English {
    pub(super) fn of_health(&self, health: &Health, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        match health {
            Health::Shared { places } => {
                vec![format!("The certificate of {name} or its key now stands in more than one place: {}.", places)]
            }
            Health::KeyReadable { path, by_others } => {
                let who = if *by_others { "everybody on the machine" } else { "its group" };
                vec![format!("The private key of {name} can be read by {who}: {path}.")]
            }
            Health::FindingOpened { finding, message } => {
                let message = if message.is_empty() { String::new() } else { format!(" ({message})") };
                vec![format!("Something is wrong with {name}{}: {}{message}.", at(places), self.finding(*finding))]
            }
            Health::FindingBurst { finding, count, names } => vec![
                format!("{} at once: {}.", self.certificates(*count), self.finding(*finding)),
                format!("Among them: {}.", names),
            ],
            Health::Recovered { finding, count } if *count > 1 => {
                vec![
                    format!("Over for {}: {}.", self.certificates(*count), self.finding(*finding)),
                    format!("Among them: {name}."),
                ]
            }
            Health::Recovered { finding, .. } => {
                vec![format!("Over for {name}{}: {}.", at(places), self.finding(*finding))]
            }
            Health::PutRight { by } => {
                vec![format!(
                    "The right certificate of {name} stands{} again; it {} and has the serial number {}.",
                    at(places),
                    ends_on(clock.end_date(by.not_after).as_deref()),
                    by.serial
                )]
            }
            Health::MonitoringStopped { stopped, names, count } => {
                let first = match stopped {
                    Stopped::Removed => "Watched no more".to_owned(),
                    Stopped::SwitchedOff => "Notifications were switched off".to_owned(),
                    Stopped::ContactDropped { contact } => format!("{contact} is told by no channel any more"),
                    Stopped::Undeliverable { contact, address: Some(address), reason, .. } => format!(
                        "Mail to {address} of {contact} failed in three runs in a row, and other addresses get it \
                         ({reason})"
                    ),
                    Stopped::Undeliverable { contact, channel, reason, .. } => {
                        format!("Messages to {contact} by {channel} failed in three runs in a row ({reason})")
                    }
                    Stopped::SnoozedLong { until } => {
                        format!("Reminders are held until {}", clock.iso_date(*until))
                    }
                };
                vec![format!("{first}: {}.", self.certificates(*count)), format!("Among them: {}.", names)]
            }
        }
    }
}
