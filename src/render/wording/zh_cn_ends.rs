//! Simplified Chinese, of what sets the end of a certificate, and where a newer one lies.

use super::ends::Ends;
use super::zh_cn::SimplifiedChinese;

impl Ends for SimplifiedChinese {
    fn limited(&self, issuer: &str, own_end: &str) -> String {
        format!(
            "证书链中的中间证书 {issuer} 届时到期，且没有其他路径可用；证书自身的到期时间为 {own_end}。\
             请在证书链中换用签发机构的新中间证书，或续期本证书。"
        )
    }

    fn superseded(&self, place: &str, end: &str) -> String {
        format!("{place} 中有更新的证书，{end} 到期：请把它部署到此处，或删除此文件。")
    }
}
