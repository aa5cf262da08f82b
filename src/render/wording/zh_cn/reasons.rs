//! Simplified Chinese, of why a certificate was revoked.

/// RFC 5280 §5.3.1.
pub(super) fn of_revocation(code: &str) -> String {
    let words = match code {
        "keyCompromise" => "私钥泄露",
        "cACompromise" => "CA 私钥泄露",
        "affiliationChanged" => "隶属关系变更",
        "superseded" => "已被取代",
        "cessationOfOperation" => "停止使用",
        "certificateHold" => "暂停使用",
        "privilegeWithdrawn" => "权限被撤回",
        _ => return code.to_owned(),
    };
    format!("{words}（{code}）")
}
