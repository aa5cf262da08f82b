//! Simplified Chinese, of public events: the titles and texts of the dated table.

use crate::detect::{OLD_ROOT, SHORT_AUTHORITY, root_name};

/// The title and the text of the public event that is known by `id`; none for one that another certnotify announced.
/// `date` is when it applies.
pub(super) fn announcement(id: &str, date: &str) -> Option<(String, String)> {
    if let Some((until, issuer)) = id.strip_prefix(SHORT_AUTHORITY).and_then(|rest| rest.split_once(' ')) {
        return Some((
            format!("签发者 {} 将于 {until} 到期：自 {date} 起，续期的证书有效期变短，或被拒绝签发", root_name(issuer)),
            format!(
                "{} 将于 {until} 到期，而证书的有效期不能超过其签发者。请在该日之前更新签发者自己的证书，或改由其他 CA 签发。",
                root_name(issuer)
            ),
        ));
    }
    if let Some((until, root)) = id.strip_prefix(OLD_ROOT).and_then(|rest| rest.split_once(' ')) {
        return Some((
            format!("Firefox 和 Chrome 将于 {until} 停止信任根证书 {}", root_name(root)),
            "这些证书链没有通往浏览器信任的其他根证书，而该根证书的密钥超过了允许的年限。请向 CA 索取通往较新根证书的证书链，并在该日之前续期。".to_owned(),
        ));
    }
    event(id).map(|(title, text)| (title.to_owned(), text.to_owned()))
}

fn event(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "sc081-100-days" => (
            "自 2027-03-15 起，公共 TLS 证书有效期最长 100 天",
            "自该日起，公共 CA 签发的证书有效期最长 100 天，域名验证结果最多可复用 100 天。手工续期每年需要四次：请在此之前改为自动续期。",
        ),
        "sc081-47-days" => (
            "自 2029-03-15 起，公共 TLS 证书有效期最长 47 天",
            "自该日起，公共 CA 签发的证书有效期最长 47 天，域名验证结果最多可复用 10 天。实际上已无法手工续期。",
        ),
        "letsencrypt-64-days" => (
            "Let's Encrypt：自 2027-02-10 起，证书有效期由 90 天改为 64 天",
            "自该日起，默认配置（classic）签发 64 天的证书，域名验证结果最多可复用 10 天。按固定天数续期的客户端必须提前续期：在有效期过去三分之二时，或按照 CA 的续期信息。",
        ),
        "letsencrypt-45-days" => (
            "Let's Encrypt：自 2028-02-16 起，证书有效期 45 天",
            "自该日起，默认配置（classic）签发 45 天的证书，域名验证结果最多可复用 7 小时。按固定天数续期的客户端必须提前续期：在有效期过去三分之二时，或按照 CA 的续期信息。",
        ),
        "end-of-client-auth" => (
            "公共证书不再用于客户端认证：自 2027-03-15 起 Chrome 只接受服务器认证",
            "下次续期的证书不再包含 clientAuth：Let's Encrypt 签发至 2026-07-08，Sectigo 至 2027-02-10，DigiCert 至 2027-03-01。用该证书做客户端认证的程序（双向 TLS、邮件服务器之间的连接）届时会失败：请改用私有 CA 签发的证书。",
        ),
        "sc090-phone" => (
            "自 2027-03-15 起，公共 CA 不再用电话验证域名",
            "用电话确认域名控制权的 CA 自该日起必须改用其他方式。请确认订单使用的验证方式，并提前改用 DNS 或 HTTP 验证。",
        ),
        "sc090-email" => (
            "自 2028-03-15 起，公共 CA 不再用电子邮件验证域名",
            "用管理员邮件确认域名控制权的 CA 自该日起必须改用其他方式。请提前改用 DNS 或 HTTP 验证。",
        ),
        "entrust-distrust" => (
            "浏览器不信任 Entrust 在 2024-11-11 之后签发的证书",
            "Chrome、Firefox 和 Safari 拒绝 Entrust 自有根证书在 2024 年 11 月之后签发的证书。请改用其他 CA 续期。",
        ),
        "chunghwa-netlock-distrust" => (
            "Chrome 不信任中华电信和 Netlock 在 2025-07-31 之后签发的证书",
            "Chrome 拒绝这两家 CA 在 2025 年 7 月之后签发的证书。请改用其他 CA 续期。",
        ),
        "digicert-older-roots" => (
            "Chrome 不信任 DigiCert 的 Assured ID G2、G3 和 Trusted Root G4 自 2026-07-01 起签发的证书",
            "Chrome 拒绝这些根证书之下自 2026 年 7 月起签发的证书。请向 DigiCert 索取通往其 TLS 根证书的证书链，并续期。",
        ),
        "buypass-end-of-tls" => {
            ("Buypass 自 2025-10-31 起不再签发 TLS 证书", "该证书不能在原 CA 续期。请在到期之前改用其他 CA。")
        }
        "csc31-460-days" => (
            "自 2026-03-01 起，代码签名证书有效期最长 460 天",
            "下一张代码签名证书有效期最长 460 天。请每年安排一次续期，以及与该密钥有关的更换。",
        ),
        "sc097-sha1" => (
            "自 2026-09-15 起，公共 CA 不再使用 SHA-1 签名",
            "该证书链中有用 SHA-1 签名的证书。请续期，并向 CA 索取不含 SHA-1 的证书链。",
        ),
        "chrome-two-roots" => (
            "自 2027-09-15 起，Chrome 为每个所有者最多保留两个根证书",
            "CA 将在较少的根证书之下签发，下次续期可能换到另一根证书。请不要固定信任根证书或中间证书；自带信任库的客户端需要提前加入新的根证书。",
        ),
        "gts-globalsign-cross-sign" => (
            "GlobalSign 对 GTS Root R1 的交叉签名将于 2028-01-28 到期",
            "不认识 Google 根证书的客户端（2017 年以前的 Android 等旧设备）只通过该交叉签名信任此证书链，该日之后会失败。",
        ),
        "letsencrypt-tlsserver-45-days" => (
            "Let's Encrypt：自 2026-05-13 起，配置 tlsserver 的证书有效期 45 天",
            "使用该配置并按固定天数续期的客户端必须提前续期：在有效期过去三分之二时，或按照 CA 的续期信息。",
        ),
        _ => return None,
    })
}
