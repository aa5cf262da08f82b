//! Japanese, of public events: the titles and texts of the dated table.

use crate::detect::{OLD_ROOT, SHORT_AUTHORITY, root_name};

/// The title and the text of the public event that is known by `id`; none for one that another certnotify announced.
/// `date` is when it applies.
pub(super) fn announcement(id: &str, date: &str) -> Option<(String, String)> {
    if let Some((until, issuer)) = id.strip_prefix(SHORT_AUTHORITY).and_then(|rest| rest.split_once(' ')) {
        let issuer = root_name(issuer);
        return Some((
            format!(
                "発行者 {issuer} の有効期限は {until} です：{date} 以降の更新では有効期間が短くなるか、発行が拒否されます"
            ),
            format!(
                "{issuer} の有効期限は {until} で、発行される証明書の有効期間はこれを超えられません。その日までに発行者自身の証明書を更新するか、別の認証局に切り替えてください。"
            ),
        ));
    }
    if let Some((until, root)) = id.strip_prefix(OLD_ROOT).and_then(|rest| rest.split_once(' ')) {
        return Some((
            format!("Firefox と Chrome は {until} にルート証明書 {} を信頼しなくなります", root_name(root)),
            "これらの証明書チェーンには、ブラウザーが信頼する別のルート証明書への経路がなく、このルート証明書の鍵は許容される年数を超えています。新しいルート証明書につながるチェーンを認証局から入手し、その日までに更新してください。".to_owned(),
        ));
    }
    event(id).map(|(title, text)| (title.to_owned(), text.to_owned()))
}

fn event(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "sc081-100-days" => (
            "2027-03-15 以降、公開 TLS 証明書の有効期間は最長 100 日になります",
            "この日以降、公開認証局が発行する証明書の有効期間は最長 100 日、ドメイン検証結果の再利用は最長 100 日になります。手動の更新は年 4 回必要です。それまでに自動更新へ移行してください。",
        ),
        "sc081-47-days" => (
            "2029-03-15 以降、公開 TLS 証明書の有効期間は最長 47 日になります",
            "この日以降、公開認証局が発行する証明書の有効期間は最長 47 日、ドメイン検証結果の再利用は最長 10 日になります。手動の更新は事実上できなくなります。",
        ),
        "letsencrypt-64-days" => (
            "Let's Encrypt：2027-02-10 以降、証明書の有効期間が 90 日から 64 日になります",
            "この日以降、既定のプロファイル（classic）の証明書は 64 日間有効で、ドメイン検証結果の再利用は最長 10 日になります。固定の日数で更新するクライアントは、有効期間の 3 分の 2 が過ぎた時点、または認証局の更新情報に従って、早めに更新する必要があります。",
        ),
        "letsencrypt-45-days" => (
            "Let's Encrypt：2028-02-16 以降、証明書の有効期間が 45 日になります",
            "この日以降、既定のプロファイル（classic）の証明書は 45 日間有効で、ドメイン検証結果の再利用は最長 7 時間になります。固定の日数で更新するクライアントは、有効期間の 3 分の 2 が過ぎた時点、または認証局の更新情報に従って、早めに更新する必要があります。",
        ),
        "end-of-client-auth" => (
            "公開証明書はクライアント認証に使えなくなります：2027-03-15 以降 Chrome はサーバー認証のみを受け付けます",
            "次回の更新から証明書に clientAuth が含まれなくなります（含まれるのは Let's Encrypt が 2026-07-08、Sectigo が 2027-02-10、DigiCert が 2027-03-01 まで）。この証明書でクライアント認証を行うもの（相互 TLS、メールサーバー間の接続）は失敗するようになります。プライベート認証局の証明書に切り替えてください。",
        ),
        "sc090-phone" => (
            "2027-03-15 以降、公開認証局は電話によるドメイン検証を行わなくなります",
            "電話でドメインの管理権限を確認している認証局は、この日から別の方法に切り替えます。申請で使っている検証方法を確認し、早めに DNS または HTTP による検証に移行してください。",
        ),
        "sc090-email" => (
            "2028-03-15 以降、公開認証局は電子メールによるドメイン検証を行わなくなります",
            "管理者宛てのメールでドメインの管理権限を確認している認証局は、この日から別の方法に切り替えます。早めに DNS または HTTP による検証に移行してください。",
        ),
        "entrust-distrust" => (
            "ブラウザーは、Entrust が 2024-11-11 より後に発行した証明書を信頼しません",
            "Chrome、Firefox、Safari は、Entrust のルート証明書から 2024 年 11 月より後に発行された証明書を拒否します。別の認証局で更新してください。",
        ),
        "chunghwa-netlock-distrust" => (
            "Chrome は、Chunghwa Telecom と Netlock が 2025-07-31 より後に発行した証明書を信頼しません",
            "Chrome は、この 2 社の認証局が 2025 年 7 月より後に発行した証明書を拒否します。別の認証局で更新してください。",
        ),
        "digicert-older-roots" => (
            "Chrome は、DigiCert の Assured ID G2、G3 と Trusted Root G4 から 2026-07-01 以降に発行された証明書を信頼しません",
            "Chrome は、これらのルート証明書から 2026 年 7 月以降に発行された証明書を拒否します。DigiCert の TLS 用ルート証明書につながるチェーンを入手し、更新してください。",
        ),
        "buypass-end-of-tls" => (
            "Buypass は 2025-10-31 以降、TLS 証明書を発行していません",
            "この証明書は現在の認証局では更新できません。有効期限までに別の認証局に切り替えてください。",
        ),
        "csc31-460-days" => (
            "2026-03-01 以降、コード署名証明書の有効期間は最長 460 日になります",
            "次のコード署名証明書の有効期間は最長 460 日です。毎年の更新と、鍵に関連する交換作業を計画してください。",
        ),
        "sc097-sha1" => (
            "2026-09-15 以降、公開認証局は SHA-1 で署名しません",
            "この証明書チェーンには SHA-1 で署名された証明書があります。更新し、SHA-1 を含まないチェーンを認証局から入手してください。",
        ),
        "chrome-two-roots" => (
            "2027-09-15 以降、Chrome が受け入れるルート証明書は所有者ごとに最大 2 つになります",
            "認証局はより少ないルート証明書から発行するようになり、次回の更新でルート証明書が変わる可能性があります。ルート証明書や中間証明書をピン留めしないでください。独自のトラストストアを持つクライアントには、新しいルート証明書を事前に追加する必要があります。",
        ),
        "gts-globalsign-cross-sign" => (
            "GlobalSign による GTS Root R1 のクロス署名の有効期限は 2028-01-28 です",
            "Google のルート証明書を持たないクライアント（2017 年より前の Android などの古い機器）は、このクロス署名によってのみ証明書チェーンを信頼しており、この日以降は接続に失敗します。",
        ),
        "letsencrypt-tlsserver-45-days" => (
            "Let's Encrypt：2026-05-13 以降、プロファイル tlsserver の証明書の有効期間が 45 日になります",
            "このプロファイルを使い、固定の日数で更新するクライアントは、有効期間の 3 分の 2 が過ぎた時点、または認証局の更新情報に従って、早めに更新する必要があります。",
        ),
        _ => return None,
    })
}
