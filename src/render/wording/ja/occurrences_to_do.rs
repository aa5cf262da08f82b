//! Japanese, of what happened: what to do.

use super::Japanese;
use super::forms::between;
use crate::event::FindingId;
use crate::render::wording::{ToDo, Wording as _};

/// Where a command is to be typed, the sentence ends before it.
pub(super) fn to_do(to_do: ToDo, places: &str) -> String {
    let to = to(places);
    let clause = match to_do {
        ToDo::Renew { is_automatic: true } => format!(
            "自動更新が完了していない原因を調べて更新し、新しい証明書が{to}配置されたことを確認してください"
        ),
        ToDo::Renew { is_automatic: false } => format!("証明書を更新し、新しい証明書を{to}配置してください"),
        ToDo::PutNewerInPlace => format!("新しい証明書を{to}配置するか、古いファイルを削除してください"),
        ToDo::Load => format!(
            "{places} に新しい証明書を読み込ませてください（通常はサービスの再読み込みで反映されます）"
        ),
        ToDo::Serve => format!("{places} でこの証明書を使うか、ポリシーファイルの deploys-to を直してください"),
        ToDo::Revoked => format!(
            "新しい証明書を取得し、{}配置してください。現在の証明書はクライアントに拒否されることがあります",
            to.trim_start()
        ),
        ToDo::RenewalMovedForward => format!(
            "すぐに更新し、新しい証明書を{to}配置してください。認証局が現在の証明書を失効させる可能性があります"
        ),
        ToDo::Finding(finding) => of_finding(finding, &to),
        ToDo::AddressFails => return "対応：アドレスを訂正または削除し、次を実行してください：".to_owned(),
        ToDo::ChannelFails => return "対応：通知手段の問題を解消し、次を実行してください：".to_owned(),
        ToDo::SnoozedLong => return "対応：意図した停止でなければ、次を実行してください：".to_owned(),
        ToDo::Deleted => {
            "使用中であれば証明書を元に戻し、使用していない場合は、ポリシーファイルに記載があれば削除してください"
                .to_owned()
        }
        ToDo::Replaced => "意図した変更か確認し、そうでなければ正しい証明書に戻してください".to_owned(),
        ToDo::Shared => "意図した共有でなければ、場所ごとに別の秘密鍵を使ってください".to_owned(),
        ToDo::KeyReadableByAll => {
            "読み取り権限を外し、新しい秘密鍵で証明書を取得してください。現在の秘密鍵は漏えいした可能性があります"
                .to_owned()
        }
        ToDo::KeyReadableByGroup => "グループに不要であれば、読み取り権限を外してください".to_owned(),
        ToDo::FindingBurst => {
            "ネットワーク、信頼する認証局の一覧、システム時刻など、共通の原因を調べてください".to_owned()
        }
        ToDo::Removed | ToDo::SwitchedOff => {
            "意図した変更でなければ、ポリシーファイルの設定を元に戻してください".to_owned()
        }
        ToDo::ContactDropped => {
            "ほかの連絡先に通知が届くことを確認するか、この連絡先に通知手段を設定してください".to_owned()
        }
        ToDo::UsageLost => "この用途で使っているものがないか確認してください。該当する接続は拒否されます".to_owned(),
        ToDo::IntermediateExpires => {
            "その日までに、新しい中間証明書から発行された証明書に切り替えてください".to_owned()
        }
        ToDo::AuthorityChanged => {
            "通常は対応不要です。以前の発行者だけを信頼するクライアントがあれば、設定を更新してください".to_owned()
        }
        ToDo::ReportedIssuance { is_watched: true } => {
            "申請した証明書か確認し、心当たりがなければ認証局に失効を依頼してください".to_owned()
        }
        ToDo::ReportedIssuance { is_watched: false } => {
            "申請した証明書か、ポリシーファイルで監視されているか確認してください。心当たりがなければ認証局に失効を依頼してください"
                .to_owned()
        }
        ToDo::ReportedRevocation => "新しい証明書を取得し、配置してください".to_owned(),
        ToDo::ReportedDeletion => "証明書を元に戻すか、ポリシーファイルから削除してください".to_owned(),
        ToDo::ReportedEnd => "更新し、新しい証明書を配置してください".to_owned(),
    };
    Japanese.instruction(&clause)
}

pub(super) fn to(places: &str) -> String {
    if places.is_empty() { String::new() } else { format!("{}に", between(places)) }
}

fn of_finding(finding: FindingId, to: &str) -> String {
    match finding {
        FindingId::Unreachable => "サービスの稼働状況と、このホストからの接続が許可されているか確認してください".to_owned(),
        FindingId::Unreadable => "ファイルを確認し、certnotify が読み取れるようにしてください".to_owned(),
        FindingId::Unparsable | FindingId::NothingFound => {
            "証明書の代わりに何が置かれているか確認してください".to_owned()
        }
        FindingId::ChainIncomplete | FindingId::ChainMisordered => {
            format!("証明書と中間証明書を正しい順序で{to}配置してください")
        }
        FindingId::Superseded => "新しい証明書をこの場所に配置するか、古いファイルを削除してください".to_owned(),
        FindingId::NotDeployed => "サービスに新しい証明書を読み込ませてください".to_owned(),
        FindingId::PinMismatch => {
            "使用を始める前に、別の鍵を指定しているアプリ、pins、TLSA レコードを更新するか、ピン留めした鍵の証明書を配置してください"
                .to_owned()
        }
        FindingId::NotLoaded => {
            "サーバーを再読み込みまたは再起動し、今後は更新時に自動で行われるようにしてください".to_owned()
        }
        FindingId::RenewalBlocked => {
            "その日までに、上記の CAA レコード、チャレンジの委任先、またはクライアントの更新時期を修正してください".to_owned()
        }
        FindingId::CopyOutdated => {
            "提供元が新しい鍵で署名を始める前に、公開されているメタデータを取り込んでください".to_owned()
        }
        FindingId::LoadingUnknown => {
            "サーバーを起動するか、certnotify がプロセスを参照できるようにしてください（root または CAP_SYS_PTRACE）。\
             不要であれば listens-on を削除してください"
                .to_owned()
        }
        FindingId::TlsaMissing => {
            "一致する TLSA レコードを公開するか、tlsa = true を削除してください".to_owned()
        }
        FindingId::TlsaUnknown => {
            "DNS が応答しない原因を調べるか、[settings] で別の resolver を指定してください".to_owned()
        }
        FindingId::RegistrationUnknown => {
            "レジストラで期限を確認してください。レジストリが公開していない場合は、name と expires で監視してください".to_owned()
        }
        FindingId::RenewalLate => "自動更新が完了していない原因を調べ、更新してください".to_owned(),
        FindingId::LegacyProtocol => {
            format!("古いプロトコルバージョンを無効にするか、accept に {finding} を追加してください")
        }
        FindingId::Expired
        | FindingId::ExpiresSoon
        | FindingId::NotYetValid
        | FindingId::Revoked
        | FindingId::KeyMismatch
        | FindingId::NameMismatch
        | FindingId::Untrusted
        | FindingId::SelfSigned
        | FindingId::ChainExpiresSoon
        | FindingId::WeakKey
        | FindingId::WeakSignature
        | FindingId::LifetimeTooLong
        | FindingId::RootHorizon
        | FindingId::CaHorizon
        | FindingId::RevocationUnknown => another_certificate(&[finding], to),
    }
}

/// Where each of `findings` is a fault of the certificate itself.
pub(super) fn another_certificate(findings: &[FindingId], to: &str) -> String {
    if !findings.iter().all(|finding| finding.can_be_accepted()) {
        return format!("新しい証明書を{to}配置してください");
    }
    let faults = if findings.len() == 1 { "この問題" } else { "これらの問題" };
    let accepted: Vec<String> = findings.iter().map(FindingId::to_string).collect();
    let accepted = Japanese.list(&accepted, 0);
    format!("{faults}のない証明書を{to}配置するか、accept に {accepted} を追加してください")
}
