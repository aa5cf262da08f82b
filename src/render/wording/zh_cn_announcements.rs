//! Simplified Chinese, of public events: the titles and texts of the dated table.

/// The title and the text of the public event that is known by `id`; none for one that another certnotify announced.
pub(super) fn announcement(id: &str) -> Option<(&'static str, &'static str)> {
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
            "自该日起，默认配置（classic）签发 64 天的证书。按固定天数续期的客户端必须提前续期：在有效期过去三分之二时，或按照 CA 的续期信息。",
        ),
        "letsencrypt-45-days" => (
            "Let's Encrypt：自 2028-02-16 起，证书有效期 45 天",
            "自该日起，默认配置（classic）签发 45 天的证书。按固定天数续期的客户端必须提前续期：在有效期过去三分之二时，或按照 CA 的续期信息。",
        ),
        "end-of-client-auth" => (
            "公共证书不再用于客户端认证：自 2027-03-15 起 Chrome 只接受服务器认证",
            "下次续期的证书不再包含 clientAuth；多数 CA 已于 2026 年 5 月停止签发。用该证书做客户端认证的程序（双向 TLS、邮件服务器之间的连接）届时会失败：请改用私有 CA 签发的证书。",
        ),
        "mozilla-globalsign-r3" => (
            "Firefox 将于 2027-04-15 停止信任根证书 GlobalSign R3",
            "该证书链的根证书密钥超过了 Mozilla 允许的年限。请向 CA 索取通往较新根证书的证书链，并在该日之前续期。",
        ),
        "entrust-distrust" => (
            "浏览器不信任 Entrust 在 2024-11-11 之后签发的证书",
            "Chrome、Firefox 和 Safari 拒绝 Entrust 自有根证书在 2024 年 11 月之后签发的证书。请改用其他 CA 续期。",
        ),
        "chunghwa-netlock-distrust" => (
            "Chrome 不信任中华电信和 Netlock 在 2025-07-31 之后签发的证书",
            "Chrome 拒绝这两家 CA 在 2025 年 7 月之后签发的证书。请改用其他 CA 续期。",
        ),
        "letsencrypt-generation-y" => (
            "Let's Encrypt 自 2026-05-13 起改用新的中间证书（YE、YR）",
            "下次续期的证书由另一根证书之下的另一中间证书签发。固定信任旧中间证书（R10 至 R14、E5 至 E9）的程序必须取消这种限制。",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::announcement;
    use crate::detect::public_events;

    #[test]
    fn every_public_event_has_its_words_and_no_other_has() {
        for (id, date) in public_events() {
            let (title, text) = announcement(id).unwrap_or_else(|| panic!("{id}"));
            assert!(title.contains(&date.to_string()) || id.ends_with("-distrust"), "{title}");
            assert!(text.ends_with('。'), "{text}");
        }
        assert_eq!(announcement("of another version"), None);
    }
}
