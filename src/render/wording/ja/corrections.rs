//! Japanese, of a message that is put right.

use super::Japanese;
use crate::render::wording::corrections::Corrections;

impl Corrections for Japanese {
    fn corrected_title(&self, over: usize, all: usize) -> String {
        if over >= all {
            "対応済み：残っている作業はありません".to_owned()
        } else {
            format!("{all} 件中 {over} 件は対応済み")
        }
    }

    fn renewed_on(&self, date: &str) -> String {
        format!("{date} に更新済み")
    }

    fn watched_until(&self, date: &str) -> String {
        format!("{date} から監視対象外")
    }
}
