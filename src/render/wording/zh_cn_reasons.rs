//! Simplified Chinese, of why something did not work: one word for it, and behind it what was said.

/// What the library and the system say, and what that comes to. What stands first in a reason counts: later words may
/// be those of a peer.
const REASONS: &[(&str, &str)] = &[
    ("refused the connection", "连接被拒绝"),
    ("onnection refused", "连接被拒绝"),
    ("onnection reset", "连接被重置"),
    ("no answer from", "连接超时"),
    ("timed out", "连接超时"),
    ("it took too long", "连接超时"),
    ("no connection to", "无法建立连接"),
    ("no way to", "网络不可达"),
    ("no address of", "域名解析超时"),
    ("has no address", "域名无法解析"),
    ("showed no certificate within", "握手超时"),
    ("did not come to TLS", "未能进入 TLS"),
    ("closed the connection", "连接被对方关闭"),
    ("does not speak TLS", "对方未使用 TLS"),
    ("did not speak it", "对方未使用 TLS"),
    ("offers neither TLS", "TLS 版本过旧"),
    ("refused every version", "没有共同的 TLS 算法"),
    ("offers no TLS", "对方未提供 TLS"),
    ("knows no host of this name", "服务器没有该域名"),
    ("showed no certificate:", "握手失败"),
    ("does not speak", "协议不符"),
    ("no such file", "文件不存在"),
    ("ermission denied", "没有权限"),
    ("is not set", "环境变量未设置"),
    ("asks for time", "对方限制频率"),
    ("is not taking messages", "对方暂不接收消息"),
    ("refused it", "对方拒绝接收"),
];

/// `连接被拒绝：10.20.0.9:443 refused the connection`; what has no word stays as it is.
pub(super) fn reason(said: &str) -> String {
    let found = REASONS.iter().filter_map(|(words, reason)| Some((said.find(words)?, reason)));
    match found.min_by_key(|(at, _)| *at) {
        Some((_, reason)) => format!("{reason}：{said}"),
        None => said.to_owned(),
    }
}

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

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_reason_has_a_word_of_the_language_and_keeps_what_was_said() {
        for (said, word) in [
            ("10.20.0.9:443 refused the connection", "连接被拒绝"),
            ("no answer from 10.20.0.9:443 within 10 s", "连接超时"),
            ("`www.example` has no address: name not known", "域名无法解析"),
            ("10.20.0.9:443 showed no certificate: handshake failure", "握手失败"),
            ("10.20.0.9:25 does not speak SMTP: it says `no answer from me`", "协议不符"),
            ("`/etc/ssl/a.pem` cannot be read: no such file or directory", "文件不存在"),
        ] {
            assert_eq!(reason(said), format!("{word}：{said}"));
        }
        assert_eq!(reason("it is odd"), "it is odd");
    }
}
