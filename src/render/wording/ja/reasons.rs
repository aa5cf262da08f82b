//! Japanese, of why a certificate was revoked.

/// RFC 5280 §5.3.1.
pub(super) fn of_revocation(code: &str) -> String {
    let words = match code {
        "keyCompromise" => "秘密鍵の漏えい",
        "cACompromise" => "認証局の秘密鍵の漏えい",
        "affiliationChanged" => "所属の変更",
        "superseded" => "別の証明書への置き換え",
        "cessationOfOperation" => "使用の終了",
        "certificateHold" => "一時停止",
        "privilegeWithdrawn" => "権限の取り消し",
        _ => return code.to_owned(),
    };
    format!("{words}（{code}）")
}
