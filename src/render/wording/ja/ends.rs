//! Japanese, of what sets the end of a certificate, and where a newer one lies.

use super::Japanese;
use super::forms::between;
use crate::render::wording::ends::Ends;

impl Ends for Japanese {
    fn valid_without_end(&self, from: &str) -> String {
        format!("{from} から、有効期限なし")
    }

    fn limited(&self, by: &str, is_metadata: bool, own_end: Option<&str>) -> String {
        let own = own(own_end);
        if is_metadata {
            return format!(
                "この期限は、{by} の SAML メタデータの有効期限（validUntil）によるもので、以降はその中の鍵が使われなくなります。{own}\
                 提供元が公開している新しいメタデータに差し替えてください。"
            );
        }
        format!(
            "この期限は、証明書チェーンの中間証明書 {by} によるもので、ほかに有効な経路はありません。{own}\
             チェーンの中間証明書を認証局の新しいものに差し替えるか、証明書を更新してください。"
        )
    }

    fn superseded(&self, place: &str, end: Option<&str>) -> String {
        let end = expires(end);
        format!("{place} に新しい証明書（{end}）があります。ここに配置するか、このファイルを削除してください。")
    }

    fn superseded_to_do(&self, places: &str) -> String {
        format!("対応：新しい証明書を{}に配置するか、古いファイルを削除してください。", between(places))
    }

    fn became(&self, date: &str, is_renewed: bool) -> String {
        if is_renewed { format!("{date} に更新済み") } else { format!("{date} から監視対象外") }
    }
}

fn own(end: Option<&str>) -> String {
    end.map_or_else(
        || "証明書自体に有効期限はありません。".to_owned(),
        |end| format!("証明書自体の有効期限は {end} です。"),
    )
}

/// `有効期限 2027-03-01`, `有効期限なし`.
pub(super) fn expires(end: Option<&str>) -> String {
    end.map_or_else(|| "有効期限なし".to_owned(), |end| format!("有効期限 {end}"))
}
