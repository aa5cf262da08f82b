//! When each recipient hears of one certificate again, by whichever of its series.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::Reminder;
use super::batches::Addressee;
use super::series::ReminderSeries;
use crate::event::EventKind;

/// Of one certificate: a renewal that is late and the coming end are two series, and the next message is the sooner one.
#[derive(Default)]
pub(super) struct NextTimes(BTreeMap<Addressee, Vec<OffsetDateTime>>);

impl NextTimes {
    /// Nothing is there for a certificate of one series. One that is served nowhere is put right by other means than a
    /// renewal, so that its end is not the next of that.
    pub(super) fn are_needed(series: &ReminderSeries<'_>) -> bool {
        series.kinds == [EventKind::HostingFailure] && series.event.served_instead.is_empty()
    }

    pub(super) fn add(&mut self, recipient: Addressee, times: impl IntoIterator<Item = OffsetDateTime>) {
        self.0.entry(recipient).or_default().extend(times);
    }

    pub(super) fn sorted(mut self) -> Self {
        for times in self.0.values_mut() {
            times.sort_unstable();
        }
        self
    }

    /// Lets `reminder` name the next one of any series.
    pub(super) fn correct(&self, recipient: &Addressee, reminder: &mut Reminder) {
        let Some(times) = self.0.get(recipient) else { return };
        let later = times.get(times.partition_point(|at| *at <= reminder.at)).copied();
        reminder.next = reminder.next.into_iter().chain(later).min();
    }
}
