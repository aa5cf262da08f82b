//! Two runs at once: what needs two looks in a row is not shown by two of one moment.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::History;

/// Two runs that began within this time are of one moment.
const ONE_MOMENT: Duration = Duration::minutes(1);

impl History {
    /// Lets the run that begins at `now`, and waited for another, count as one with the last, where that is of the same
    /// moment: what the last saw for the first time is seen for the first time again.
    pub fn join_last_run(&mut self, now: OffsetDateTime) {
        if self.last_run.is_none_or(|last| (now - last).abs() > ONE_MOMENT) {
            return;
        }
        for record in self.places.values_mut() {
            if record.missing == 1 {
                record.missing = 0;
            }
            if let Some(displaced) = record.displaced.take() {
                record.fingerprint = displaced;
                record.earlier.retain(|earlier| *earlier != displaced);
            }
        }
        let open = self.anomalies.values_mut().flat_map(BTreeMap::values_mut).filter(|record| record.gone.is_none());
        open.for_each(|record| record.runs = record.runs.saturating_sub(1));
        self.undeployed.values_mut().for_each(|record| record.well = record.well.saturating_sub(1));
    }
}
