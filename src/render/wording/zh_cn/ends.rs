//! Simplified Chinese, of what sets the end of a certificate, and where a newer one lies.

use super::SimplifiedChinese;
use crate::render::wording::ends::Ends;
use crate::render::wording::full_width::after;

impl Ends for SimplifiedChinese {
    fn valid_without_end(&self, from: &str) -> String {
        format!("{from} 起，无到期时间")
    }

    fn limited(&self, by: &str, is_metadata: bool, own_end: Option<&str>) -> String {
        let own = own(own_end);
        if is_metadata {
            return format!(
                "{by} 的 SAML 元数据届时失效（validUntil），此后其中的密钥不再被采用；{own}。\
                 请换用对方发布的新元数据。"
            );
        }
        format!(
            "证书链中的中间证书 {by} 届时到期，且没有其他路径可用；{own}。\
             请在证书链中换用签发机构的新中间证书，或续期本证书。"
        )
    }

    fn superseded(&self, place: &str, end: Option<&str>) -> String {
        let end = expires(end);
        format!("{place} 中有更新的证书，{end}：请把它部署到此处，或删除此文件。")
    }

    fn superseded_to_do(&self, places: &str) -> String {
        format!("请处理：将更新的证书部署到{}，或删除旧文件。", after(places))
    }

    fn became(&self, date: &str, is_renewed: bool) -> String {
        if is_renewed { format!("已于 {date} 续期") } else { format!("自 {date} 起不再监控") }
    }
}

fn own(end: Option<&str>) -> String {
    end.map_or_else(|| "证书自身无到期时间".to_owned(), |end| format!("证书自身的到期时间为 {end}"))
}

/// `2027-03-01 到期`, `无到期时间`.
pub(super) fn expires(end: Option<&str>) -> String {
    end.map_or_else(|| "无到期时间".to_owned(), |end| format!("{end} 到期"))
}
