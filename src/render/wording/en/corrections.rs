//! English, of a message that is put right.

use super::English;
use crate::render::wording::corrections::Corrections;

impl Corrections for English {
    fn corrected_title(&self, over: usize, all: usize) -> String {
        if over >= all { "Done: nothing here is open any more".to_owned() } else { format!("{over} of {all} done") }
    }

    fn renewed_on(&self, date: &str) -> String {
        format!("renewed on {date}")
    }

    fn watched_until(&self, date: &str) -> String {
        format!("watched no more since {date}")
    }
}
