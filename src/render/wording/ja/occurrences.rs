//! Japanese, of what happened.

use time::OffsetDateTime;

use super::Japanese;
use super::announcements::announcement;
use super::ends::expires;
use super::forms::in_zone;
use super::occurrences_to_do::{self, another_certificate, to};
use crate::certificate::is_no_end;
use crate::event::{AuthorityChange, Detail, EventKind, Evidence, FindingId, MonitoringChange};
use crate::render::wording::dates::Dates as _;
use crate::render::wording::digests::Digests as _;
use crate::render::wording::full_width::{aside, before};
use crate::render::wording::occurrences::{
    ChainChange, EscapedDetail, Health, Life, Listening, Marks, Newswriting, OccurrenceFacts, OtherCertificate, Report,
    Service, Stopped,
};
use crate::render::wording::{ToDo, Wording as _};

impl Newswriting for Japanese {
    fn mark(&self, kind: EventKind, detail: &Detail) -> &'static str {
        match detail {
            Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } if new.is_date() => "日付変更",
            Detail::Digest { .. } => "まとめ",
            Detail::RenewalMovedForward { .. } => "早期更新",
            Detail::Replaced { .. } => "置き換え",
            Detail::KeyReadable { .. } => "鍵の露出",
            Detail::MonitoringStopped { change, .. } => match change {
                MonitoringChange::Removed => "監視終了",
                MonitoringChange::SwitchedOff => "通知オフ",
                MonitoringChange::ContactDropped { .. } => "通知先なし",
                MonitoringChange::Undeliverable { .. } => "配信不能",
                MonitoringChange::SnoozedLong { .. } => "一時停止",
            },
            Detail::AuthorityChanged { changes, .. } => match AuthorityChange::main(changes) {
                Some(AuthorityChange::UsageLost { .. }) => "用途の減少",
                Some(AuthorityChange::IntermediateExpires { .. }) => "中間の期限",
                _ => "CA の変更",
            },
            Detail::Renewed { .. }
            | Detail::RenewedAsReported { .. }
            | Detail::Downloaded { .. }
            | Detail::Revoked { .. }
            | Detail::Deleted
            | Detail::Shared { .. }
            | Detail::FindingOpened { .. }
            | Detail::FindingBurst { .. }
            | Detail::Recovered { .. }
            | Detail::PutRight { .. }
            | Detail::Announced { .. }
            | Detail::Upgraded { .. }
            | Detail::Reported { .. } => called(kind).0,
        }
    }

    fn headline(&self, occurrences: &OccurrenceFacts<'_>) -> String {
        let date = |at: OffsetDateTime| occurrences.clock.iso_date(at);
        match &occurrences.detail {
            EscapedDetail::Life(life) => match life {
                Life::Renewed { new: new @ OtherCertificate { date: Some(of), .. }, .. } => {
                    self.date_headline(&occurrences.change_of_date(*of, new))
                }
                Life::Renewed { new, .. } => {
                    let end = occurrences.clock.end_date(new.not_after);
                    format!("証明書が更新されました（{}）", expires(end.as_deref()))
                }
                Life::Downloaded { .. } => "証明書がダウンロードされました".to_owned(),
                Life::Revoked { .. } => "証明書が失効しました".to_owned(),
                Life::RenewalMovedForward { .. } => "認証局が早期の更新を求めています".to_owned(),
                Life::Deleted => "証明書が削除されました".to_owned(),
                Life::Replaced { .. } => "証明書が別のものに置き換えられました".to_owned(),
            },
            EscapedDetail::Health(health) => match health {
                Health::Shared { .. } => "証明書または秘密鍵が共有されています".to_owned(),
                Health::KeyReadable { by_others: true, .. } => "秘密鍵を全ユーザーが読み取れます".to_owned(),
                Health::KeyReadable { .. } => "秘密鍵をグループが読み取れます".to_owned(),
                Health::FindingOpened { finding, .. } | Health::FindingBurst { finding, .. } => {
                    self.finding(*finding).to_owned()
                }
                Health::Recovered { finding, .. } => format!("復旧しました（{}）", self.finding(*finding)),
                Health::MonitoringStopped { stopped, .. } => match stopped {
                    Stopped::Removed => "監視対象から外れました".to_owned(),
                    Stopped::SwitchedOff => "通知がオフになりました".to_owned(),
                    Stopped::ContactDropped { contact } => format!("{contact} への通知が止まりました"),
                    Stopped::Undeliverable { address: Some(address), .. } => {
                        format!("{address} 宛てのメールが届きません")
                    }
                    Stopped::Undeliverable { contact, channel, .. } => {
                        format!("{channel} で {contact} に通知できません")
                    }
                    Stopped::SnoozedLong { until } => format!("通知が {} まで一時停止されました", date(*until)),
                },
                Health::PutRight { .. } => "復旧しました（正しい証明書に戻りました）".to_owned(),
            },
            EscapedDetail::Service(service) => match service {
                Service::AuthorityChanged { main, .. } => match main {
                    Some(ChainChange::Root { .. }) => "ルート証明書が変わりました".to_owned(),
                    Some(ChainChange::UsageLost { usage }) => format!("{usage} には使えなくなりました"),
                    Some(ChainChange::IntermediateExpires { not_after, .. }) => {
                        format!("中間証明書の有効期限は {} です", date(*not_after))
                    }
                    _ => "発行者が変わりました".to_owned(),
                },
                Service::Announced { date, .. } => format!("{date} から適用"),
                Service::Upgraded { to, .. } => format!("バージョン {to} になりました"),
                Service::Digest(digest) => self.digest_headline(digest),
                Service::Reported { .. } => called(occurrences.kind).1.to_owned(),
            },
        }
    }

    fn not_in_use(&self, name: &str, is_predecessor: bool) -> String {
        let name = before(name);
        if is_predecessor {
            format!("{name}の証明書は更新されましたが、以前の証明書がまだ使われています。")
        } else {
            format!("{name}の証明書を使うべき場所で、別の証明書が使われています。")
        }
    }

    fn old_one_served(&self) -> &'static str {
        "更新済みだが以前の証明書が使用中"
    }

    fn still_old(&self, endpoint: &str, serial: &str, end: &str) -> String {
        format!("{endpoint} の証明書の有効期限は {end} です（シリアル番号 {serial}）。")
    }

    fn load_it(&self, endpoints: &str) -> String {
        format!("対応：{endpoints} に新しい証明書を読み込ませてください（通常はサービスの再読み込みで反映されます）。")
    }

    fn serve_it(&self, endpoints: &str) -> String {
        format!("対応：{endpoints} でこの証明書を使うか、ポリシーファイルの deploys-to を直してください。")
    }

    fn counted(&self, marks: &Marks, mark: &str) -> String {
        let shown = marks.iter().map(|(word, number)| format!("{word} {mark}{number}{mark} 件"));
        let mut shown: Vec<String> = shown.take(crate::render::wording::MARKS).collect();
        let more: usize = marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum();
        shown.extend((more > 0).then(|| format!("ほか {more} 件")));
        shown.join("、")
    }

    fn news_totals(&self, marks: &Marks, mark: &str) -> String {
        format!("お知らせ：{}。", self.counted(marks, mark))
    }

    fn announcement(&self, id: &str, date: &str) -> Option<(String, String)> {
        announcement(id, date)
    }

    fn describe(&self, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        match &occurrences.detail {
            EscapedDetail::Life(life) => self.of_life(life, occurrences),
            EscapedDetail::Health(health) => self.of_health(health, occurrences),
            EscapedDetail::Service(service) => self.of_service(service, occurrences),
        }
    }

    fn news_to_do(&self, to_do: ToDo, places: &str) -> String {
        occurrences_to_do::to_do(to_do, places)
    }

    fn another_certificate(&self, findings: &[FindingId], places: &str) -> String {
        self.instruction(&another_certificate(findings, &to(places)))
    }

    fn finding(&self, finding: FindingId) -> &'static str {
        match finding {
            FindingId::Expired => "期限切れ",
            FindingId::ExpiresSoon => "期限間近",
            FindingId::NotYetValid => "有効期間の開始前",
            FindingId::Revoked => "失効済み",
            FindingId::KeyMismatch => "秘密鍵の不一致",
            FindingId::PinMismatch => "ピン留めした公開鍵との不一致",
            FindingId::NameMismatch => "ホスト名の不一致",
            FindingId::Untrusted => "信頼されていない証明書",
            FindingId::SelfSigned => "自己署名証明書",
            FindingId::ChainIncomplete => "証明書チェーンの不足",
            FindingId::ChainExpiresSoon => "証明書チェーンの期限間近",
            FindingId::ChainMisordered => "証明書チェーンの順序の誤り",
            FindingId::WeakKey => "鍵の強度不足",
            FindingId::WeakSignature => "脆弱な署名アルゴリズム",
            FindingId::LifetimeTooLong => "有効期間が長すぎる",
            FindingId::LegacyProtocol => "古いプロトコル",
            FindingId::RenewalLate => "自動更新の遅延",
            FindingId::Superseded => "別の場所に新しい証明書あり",
            FindingId::RootHorizon => "ルート証明書の信頼が証明書より先に終了",
            FindingId::CaHorizon => "発行者の期限により次回の有効期間が短縮",
            FindingId::NotDeployed => "別の証明書が使用中",
            FindingId::NotLoaded => "更新済みだがサーバーに未反映",
            FindingId::Unreachable => "接続不可",
            FindingId::Unreadable => "読み取り不可",
            FindingId::Unparsable => "証明書として解釈できない内容",
            FindingId::NothingFound => "証明書なし",
            FindingId::RenewalBlocked => "次回の更新が失敗または遅延する見込み",
            FindingId::CopyOutdated => "提供元が別の証明書を公開",
            FindingId::LoadingUnknown => "サーバーへの反映状況が不明",
            FindingId::TlsaMissing => "DNS に対応する TLSA レコードなし",
            FindingId::TlsaUnknown => "DNS の TLSA レコードが不明",
            FindingId::RegistrationUnknown => "ドメイン登録の期限が不明",
            FindingId::RevocationUnknown => "失効状態の確認不可",
        }
    }

    fn certificates(&self, count: usize) -> String {
        format!("証明書 {count} 件")
    }

    fn new_without(&self, faults: &str) -> String {
        format!("新しい証明書では次の問題を解消してください：{faults}。")
    }

    fn known(&self, evidence: &Evidence, seen: &str) -> String {
        match evidence {
            Evidence::Observed => format!("certnotify が確認（{seen}）"),
            Evidence::Reported { by } => format!("{by} からの報告（{seen}）"),
            Evidence::Derived => format!("日付とポリシーから算出（{seen}）"),
        }
    }

    fn because(&self, listening: &Listening) -> String {
        match listening {
            Listening::Policies { policies, kinds } => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                format!(
                    "ポリシー {}でこの種類のイベント（{}）が通知対象のため、お知らせしています。",
                    before(&policies.join("、")),
                    kinds.join("、")
                )
            }
            Listening::Reminded => "以前の証明書について通知したため、お知らせしています。".to_owned(),
            Listening::ToldOfTheAnomaly => "異常の発生時に通知したため、お知らせしています。".to_owned(),
            Listening::Former => "これまでこれらの証明書の通知先だったため、お知らせしています。".to_owned(),
            Listening::Digest(written) => self.asked_for(written),
            Listening::Default => "ほかに通知先がないため、既定の連絡先にお知らせしています。".to_owned(),
        }
    }

    fn once(&self, lasts: bool) -> String {
        if lasts {
            "継続中の通知は一度だけで、解消時に改めてお知らせします。".to_owned()
        } else {
            "通知は一度だけです。".to_owned()
        }
    }
}

/// What a kind is called in a list, and, where it is reported to have happened, as a clause.
pub(super) const fn called(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Expiration => ("期限間近", "証明書の期限が近づいています"),
        EventKind::Issuance => ("新規発行", "証明書が新規に発行されました"),
        EventKind::Download => ("取得", "証明書がダウンロードされました"),
        EventKind::Revocation => ("失効", "証明書が失効しました"),
        EventKind::Deletion => ("削除", "証明書が削除されました"),
        EventKind::Sharing => ("共有", "証明書または秘密鍵が共有されています"),
        EventKind::Hosting => ("更新済み", "証明書が更新されました"),
        EventKind::Expired => ("期限切れ", "証明書の期限が切れました"),
        EventKind::NotificationsDisabled => ("通知停止", "通知がオフになりました"),
        EventKind::HostingFailure => ("更新遅延", "自動更新に失敗しました"),
        EventKind::Anomaly => ("異常", "異常があります"),
        EventKind::Recovery => ("復旧", "復旧しました"),
        EventKind::CaChange => ("CA の変更", "認証局が変わりました"),
        EventKind::Notice => ("連絡", "連絡事項"),
        EventKind::Announcement => ("告知", "告知"),
        EventKind::Update => ("変更", "変更のお知らせ"),
        EventKind::Upgrade => ("バージョン", "バージョンアップ"),
    }
}

impl Japanese {
    fn of_life(&self, life: &Life, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let (name, places) = (before(name), aside(places));
        let stamp = |at: OffsetDateTime| clock.stamp(at);
        let end_of = |end: OffsetDateTime| expires((!is_no_end(end)).then(|| stamp(end)).as_deref());
        match life {
            Life::Renewed { new: new @ OtherCertificate { date: Some(of), .. }, report } => {
                let changed = self.date_changed(&occurrences.change_of_date(*of, new));
                changed.into_iter().chain(self.words_of_report(report.as_ref(), occurrences)).collect()
            }
            Life::Renewed { new, report } => {
                let old = occurrences
                    .end
                    .map(|end| format!("以前の証明書（シリアル番号 {}）：{}。", occurrences.serial, end_of(end)));
                let zone = if is_no_end(new.not_after) {
                    String::new()
                } else {
                    aside(&self.zone_mark(*clock, new.not_after))
                };
                let issuer = if new.issuer == occurrences.issuer { "これまでと同じ" } else { "変更後の" };
                let mut told = vec![
                    format!("{name}の証明書が更新され、新しい証明書が配置されました{places}。"),
                    format!("{}新しい証明書：{}{zone}。", old.unwrap_or_default(), end_of(new.not_after)),
                    format!("発行者は{issuer} {}、シリアル番号は {} です。", new.issuer, new.serial),
                ];
                told.extend(self.words_of_report(report.as_ref(), occurrences));
                told
            }
            Life::Downloaded { to } => {
                let to = to.as_ref().map(|to| format!("保存先は {to} です。"));
                let first = format!("{name}の証明書{places}がダウンロードされました。");
                [Some(first), to].into_iter().flatten().collect()
            }
            Life::Revoked { reason, since, source } => {
                let since = since.map(|since| format!(" {}に", in_zone(*clock, since))).unwrap_or_default();
                let reason = reason.as_ref().map(|code| format!("理由：{}。", of_revocation(code)));
                let (first, source) = (format!("{name}の証明書は{since}失効しました。"), format!("情報源：{source}。"));
                [Some(first), reason, Some(source)].into_iter().flatten().collect()
            }
            Life::RenewalMovedForward { end, explanation } => {
                let past = if *end < occurrences.at { "この時刻は過ぎています。" } else { "" };
                let first = format!(
                    "認証局が早期の更新を求めています。{name}の証明書の更新期限は {}です。{past}",
                    in_zone(*clock, *end)
                );
                let why = explanation.as_ref().map(|page| format!("認証局の説明：{page}"));
                [Some(first), why].into_iter().flatten().collect()
            }
            Life::Replaced { by, no_longer_covered } => {
                let lost = no_longer_covered.as_ref().map(|lost| format!("{lost} は含まれなくなりました。"));
                let first =
                    format!("{name}の証明書{places}が、別の証明書に置き換えられました。更新による後継ではありません。");
                let end = end_of(by.not_after);
                let other = format!("現在の証明書：発行者 {}、{end}、シリアル番号 {}。", by.issuer, by.serial);
                let later = (by.not_before > occurrences.at).then(|| {
                    format!(
                        "まだ有効期間に入っておらず、{}まではクライアントに拒否されます。",
                        in_zone(*clock, by.not_before)
                    )
                });
                let series = "元の証明書についての通知はこれで終わりです。".to_owned();
                [Some(first), Some(other), later, lost, Some(series)].into_iter().flatten().collect()
            }
            Life::Deleted => {
                let end = occurrences.end.map(|end| format!("本来の有効期限は {}です。", in_zone(*clock, end)));
                let first = format!("{name}の証明書{places}がなくなりました。2 回続けて見つかりませんでした。");
                [Some(first), end].into_iter().flatten().collect()
            }
        }
    }

    /// What the report of a renewal says that was seen, too.
    fn words_of_report(&self, report: Option<&Report>, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let (Some(Report { message, url }), Some(by)) = (report, occurrences.evidence.by()) else {
            return Vec::new();
        };
        let said = message.as_ref();
        let said = said.map(|said| self.stopped(&format!("{by} からの報告：{}", said.trim_end_matches(['.', '。']))));
        let url = url.as_ref().map(|url| format!("詳細：{url}"));
        [Some("新しい証明書は certnotify でも確認済みです。".to_owned()), said, url].into_iter().flatten().collect()
    }
}

/// Why a certificate was revoked (RFC 5280 §5.3.1).
fn of_revocation(code: &str) -> String {
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
