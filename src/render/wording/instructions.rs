//! What is to be done, in all languages side by side: each row has the order of `Language::ALL`. `{at}` stands for where,
//! in the words of the language and with the blank before them, `{there}` for the same without that blank, `{places}` for
//! the names of the places alone, and `{accepted}` for the findings as the policy file has them.

use super::marks::Words;
use super::to_do::ToDo;
use crate::event::FindingId;

/// A clause; or, where a command follows, the whole sentence, which ends in a colon.
#[expect(clippy::too_many_lines, reason = "it is a list, with a row for each")]
pub(super) fn to_do(to_do: ToDo) -> Words {
    match to_do {
        ToDo::Renew { is_automatic: true } => [
            "find out why it was not renewed, renew it, and see that the new one is in place{at}",
            "查明自动续期为何没有完成，完成续期，并确认新证书已部署{at}",
            "自動更新が完了していない原因を調べて更新し、新しい証明書が{at}配置されたことを確認してください",
        ],
        ToDo::Renew { is_automatic: false } => [
            "renew it, and put the new one in place{at}",
            "续期，并将新证书部署{at}",
            "証明書を更新し、新しい証明書を{at}配置してください",
        ],
        ToDo::PutNewerInPlace { is_one_of_several: true } => [
            "put the newer one in place{at}, or take the old one out",
            "将更新的证书部署{at}，或删除旧的一项",
            "新しい証明書を{at}配置するか、古い項目を削除してください",
        ],
        ToDo::PutNewerInPlace { is_one_of_several: false } => [
            "put the newer one in place{at}, or remove the old file",
            "将更新的证书部署{at}，或删除旧文件",
            "新しい証明書を{at}配置するか、古いファイルを削除してください",
        ],
        ToDo::Load => [
            "load the new certificate at {places}; a reload of the service may be all it needs",
            "让 {places} 加载新证书，通常重新加载服务即可",
            "{places} に新しい証明書を読み込ませてください（通常はサービスの再読み込みで反映されます）",
        ],
        ToDo::Serve => [
            "have {places} serve it, or correct deploys-to in the policy file",
            "让 {places} 使用该证书，或更正策略文件中的 deploys-to",
            "{places} でこの証明書を使うか、ポリシーファイルの deploys-to を直してください",
        ],
        ToDo::Revoked => [
            "get a new certificate and put it in place{at}; clients may refuse this one",
            "申请新证书并部署{at}；客户端可能拒绝现有证书",
            "新しい証明書を取得し、{there}配置してください。現在の証明書はクライアントに拒否されることがあります",
        ],
        ToDo::RenewalMovedForward => [
            "renew it now and put the new one in place{at}; the CA may be about to revoke this one",
            "立即续期，并将新证书部署{at}；CA 可能即将吊销现有证书",
            "すぐに更新し、新しい証明書を{at}配置してください。認証局が現在の証明書を失効させる可能性があります",
        ],
        ToDo::Finding(finding) => of_finding(finding),
        ToDo::RestoreRegistration => [
            "have it restored at its registrar now: later it may be lost",
            "立即到注册商处恢复域名，逾期可能无法找回",
            "すぐにレジストラでドメインを復旧してください。遅れると失うおそれがあります",
        ],
        ToDo::SeeWhoseDomain => [
            "see at its registrar whether it is still yours; else take it out of the policy file",
            "到注册商处确认域名是否仍在名下；若已放弃，请从策略文件中删除",
            "ドメインをまだ保有しているかレジストラで確認し、手放している場合はポリシーファイルから削除してください",
        ],
        ToDo::PutFileThere => [
            "put the file there, or correct its path in the policy file",
            "将文件放到该处，或更正策略文件中的路径",
            "この場所にファイルを置くか、ポリシーファイルのパスを直してください",
        ],
        ToDo::AddressFails => [
            "To do: correct or remove the address, then:",
            "请处理：更正或删除该地址，然后执行：",
            "対応：アドレスを訂正または削除し、次を実行してください：",
        ],
        ToDo::ChannelFails => [
            "To do: mend the channel, then:",
            "请处理：修复该渠道，然后执行：",
            "対応：通知手段の問題を解消し、次を実行してください：",
        ],
        ToDo::SnoozedLong => [
            "To do: nothing if it was meant; if not:",
            "请处理：若非有意，请执行：",
            "対応：意図した停止でなければ、次を実行してください：",
        ],
        ToDo::Deleted => [
            "put it back if anything still uses it; else take it out of the policy file, if that names it",
            "恢复该证书；若已不再使用，而策略文件中列有它，请从中删除",
            "使用中であれば証明書を元に戻し、使用していない場合は、ポリシーファイルに記載があれば削除してください",
        ],
        ToDo::Replaced => [
            "see whether that was meant; if not, put the right one in its place",
            "确认是否有意为之；若不是，请换回正确的证书",
            "意図した変更か確認し、そうでなければ正しい証明書に戻してください",
        ],
        ToDo::Shared => [
            "unless that was meant, give each place a key of its own",
            "若非有意，请为每处使用各自的私钥",
            "意図した共有でなければ、場所ごとに別の秘密鍵を使ってください",
        ],
        ToDo::KeyReadableByAll => [
            "take that right away, and get a certificate with a new key: the old one may be known",
            "收回读取权限，并换用新私钥申请证书：原私钥可能已泄露",
            "読み取り権限を外し、新しい秘密鍵で証明書を取得してください。現在の秘密鍵は漏えいした可能性があります",
        ],
        ToDo::KeyReadableByGroup => [
            "take that right away unless the group needs it",
            "若所属组不需要，请收回读取权限",
            "グループに不要であれば、読み取り権限を外してください",
        ],
        ToDo::FindingBurst => [
            "look for one cause: the network, the list of trusted authorities, the clock",
            "查找共同的原因：网络、信任列表或系统时间",
            "ネットワーク、信頼する認証局の一覧、システム時刻など、共通の原因を調べてください",
        ],
        ToDo::Removed => [
            "nothing if it was meant; if not, put it back into the policy file",
            "若非有意，请恢复策略文件中的设置",
            "意図した変更でなければ、ポリシーファイルの設定を元に戻してください",
        ],
        ToDo::SwitchedOff => [
            "nothing if it was meant; if not, switch them on in the policy file",
            "若非有意，请恢复策略文件中的设置",
            "意図した変更でなければ、ポリシーファイルの設定を元に戻してください",
        ],
        ToDo::ContactDropped => [
            "see that another contact is told, or give the contact a channel",
            "确认有其他人接收通知，或为该联系人设置渠道",
            "ほかの連絡先に通知が届くことを確認するか、この連絡先に通知手段を設定してください",
        ],
        ToDo::UsageLost => [
            "see whether anything uses it for that; such clients will be refused",
            "确认是否有程序使用该用途；这类连接将被拒绝",
            "この用途で使っているものがないか確認してください。該当する接続は拒否されます",
        ],
        ToDo::IntermediateExpires => [
            "get a certificate from a newer intermediate before that day",
            "在该日期之前换用由较新中间证书签发的证书",
            "その日までに、新しい中間証明書から発行された証明書に切り替えてください",
        ],
        ToDo::AuthorityChanged => [
            "nothing, unless clients pin or trust only the old one",
            "通常无需处理；若客户端只信任旧的签发机构，请更新其设置",
            "通常は対応不要です。以前の発行者だけを信頼するクライアントがあれば、設定を更新してください",
        ],
        ToDo::ReportedIssuance { is_watched: true } => [
            "see that it was asked for; if it was not, have its CA revoke it",
            "确认该证书确由己方申请；若不是，请让 CA 吊销",
            "申請した証明書か確認し、心当たりがなければ認証局に失効を依頼してください",
        ],
        ToDo::ReportedIssuance { is_watched: false } => [
            "see that it was asked for, and that the policy file watches it; if it was not, have its CA revoke it",
            "确认该证书确由己方申请，并已由策略文件监控；若不是，请让 CA 吊销",
            "申請した証明書か、ポリシーファイルで監視されているか確認してください。心当たりがなければ認証局に失効を依頼してください",
        ],
        ToDo::ReportedRevocation => {
            ["get a new certificate and put it in place", "申请新证书并部署", "新しい証明書を取得し、配置してください"]
        }
        ToDo::ReportedDeletion => [
            "put it back, or take it out of the policy file",
            "将其恢复，或从策略文件中删除",
            "元に戻すか、ポリシーファイルから削除してください",
        ],
        ToDo::ReportedEnd => {
            ["renew it, and put the new one in place", "续期，并部署新证书", "更新し、新しい証明書を配置してください"]
        }
    }
}

fn of_finding(finding: FindingId) -> Words {
    match finding {
        FindingId::Unreachable => [
            "see whether the service runs and lets this machine in",
            "检查服务是否运行，以及是否允许本机连接",
            "サービスの稼働状況と、このホストからの接続が許可されているか確認してください",
        ],
        FindingId::Unreadable => [
            "let certnotify read it, or mend the file",
            "检查文件，并允许 certnotify 读取",
            "ファイルを確認し、certnotify が読み取れるようにしてください",
        ],
        FindingId::Unparsable => {
            ["see what stands there, and put it right", "检查该处的内容并更正", "内容を確認し、修正してください"]
        }
        FindingId::NothingFound => [
            "see why nothing is there that can be watched",
            "检查该处为何没有可监控的内容",
            "監視できるものがない原因を確認してください",
        ],
        FindingId::ChainIncomplete | FindingId::ChainMisordered => [
            "put the certificate with its intermediates, in their order, in place{at}",
            "将证书连同中间证书按顺序部署{at}",
            "証明書と中間証明書を正しい順序で{at}配置してください",
        ],
        FindingId::Superseded => [
            "put the newer one in place{at}, or remove the old file",
            "把更新的证书部署到此处，或删除旧文件",
            "新しい証明書をこの場所に配置するか、古いファイルを削除してください",
        ],
        FindingId::NotDeployed => {
            ["load the new certificate{at}", "让服务加载新证书", "サービスに新しい証明書を読み込ませてください"]
        }
        FindingId::PinMismatch => [
            "update the apps, pins and TLSA records that name another key before this one is served, or put a certificate with a pinned key in place",
            "启用前先更新固定的公钥（pins）、应用和 TLSA 记录，或部署使用已固定公钥的证书",
            "使用を始める前に、別の鍵を指定しているアプリ、pins、TLSA レコードを更新するか、ピン留めした鍵の証明書を配置してください",
        ],
        FindingId::NotReloaded => [
            "reload or restart the server, and let the renewal do so from now on",
            "重新加载或重启服务，并让续期程序今后自动执行",
            "サーバーを再読み込みまたは再起動し、今後は更新時に自動で行われるようにしてください",
        ],
        FindingId::RenewalBlocked => [
            "mend what the message names before that day: the CAA records, the target of the challenge, or the client's time of renewal",
            "请在该日之前解决上述问题：CAA 记录、验证记录的目标或客户端的续期时间",
            "その日までに、上記の CAA レコード、チャレンジの委任先、またはクライアントの更新時期を修正してください",
        ],
        FindingId::CopyOutdated => [
            "take the published metadata over, before the provider signs with the new key",
            "在提供方启用新密钥之前，更新本地的元数据副本",
            "提供元が新しい鍵で署名を始める前に、公開されているメタデータを取り込んでください",
        ],
        FindingId::LoadingUnknown => [
            "start the server, or let certnotify see its processes (root, or CAP_SYS_PTRACE); else take listens-on out",
            "启动服务，或允许 certnotify 查看其进程（root 或 CAP_SYS_PTRACE），否则删除 listens-on",
            "サーバーを起動するか、certnotify がプロセスを参照できるようにしてください（root または CAP_SYS_PTRACE）。不要であれば listens-on を削除してください",
        ],
        FindingId::TlsaMissing => [
            "publish a TLSA record that fits, or take tlsa = true out",
            "发布匹配的 TLSA 记录，或删除 tlsa = true",
            "一致する TLSA レコードを公開するか、tlsa = true を削除してください",
        ],
        FindingId::TlsaUnknown => [
            "see why DNS does not answer, or name another resolver in [settings]",
            "检查 DNS 为何没有应答，或在 [settings] 中改用别的 resolver",
            "DNS が応答しない原因を調べるか、[settings] で別の resolver を指定してください",
        ],
        FindingId::RegistrationUnknown => [
            "see at its registrar when it ends; where its registry does not say, watch it by name and expires",
            "到注册商处查看到期时间；注册局不公布时，改用 name 和 expires 监控",
            "レジストラで期限を確認してください。レジストリが公開していない場合は、name と expires で監視してください",
        ],
        FindingId::RenewalLate => [
            "find out why it was not renewed, and renew it",
            "查明自动续期为何没有完成，并完成续期",
            "自動更新が完了していない原因を調べ、更新してください",
        ],
        FindingId::LegacyProtocol => [
            "switch old protocol versions off{at}, or list {accepted} under accept",
            "关闭过时的协议版本，或在 accept 中写入 {accepted}",
            "古いプロトコルバージョンを無効にするか、accept に {accepted} を追加してください",
        ],
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
        | FindingId::RevocationUnknown => another_certificate(&[finding]),
    }
}

/// Where each of `findings` is a fault of the certificate itself.
pub(super) fn another_certificate(findings: &[FindingId]) -> Words {
    match findings {
        _ if !findings.iter().all(|finding| finding.can_be_accepted()) => {
            ["put a new certificate in place{at}", "将新证书部署{at}", "新しい証明書を{at}配置してください"]
        }
        [_] => [
            "put a certificate without this fault in place{at}, or list {accepted} under accept",
            "将没有此问题的证书部署{at}，或在 accept 中写入 {accepted}",
            "この問題のない証明書を{at}配置するか、accept に {accepted} を追加してください",
        ],
        _ => [
            "put a certificate without these faults in place{at}, or list {accepted} under accept",
            "将没有这些问题的证书部署{at}，或在 accept 中写入 {accepted}",
            "これらの問題のない証明書を{at}配置するか、accept に {accepted} を追加してください",
        ],
    }
}
