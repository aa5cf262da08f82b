//! Simplified Chinese, of a message that is put right.

use super::SimplifiedChinese;
use crate::render::wording::corrections::Corrections;

impl Corrections for SimplifiedChinese {
    fn corrected_title(&self, over: usize, all: usize) -> String {
        if over >= all {
            "已处理：本消息中没有待办事项".to_owned()
        } else {
            format!("{all} 项中已处理 {over} 项")
        }
    }

    fn renewed_on(&self, date: &str) -> String {
        format!("已于 {date} 续期")
    }

    fn watched_until(&self, date: &str) -> String {
        format!("自 {date} 起不再监控")
    }
}
