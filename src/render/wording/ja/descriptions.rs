//! Japanese, of what happened: for titles, and in sentences.

use time::OffsetDateTime;

use super::Japanese;
use super::forms::{expires, in_zone};
use crate::certificate::is_no_end;
use crate::render::wording::full_width::{aside, before};
use crate::render::wording::occurrences::{
    ChainChange, Description, Descriptions, Health, Life, Newswriting as _, OccurrenceFacts, Report, Service, Stopped,
};
use crate::render::wording::{Clock, Phrases as _, Wording as _};

impl Descriptions for Japanese {
    fn of_life(&self, life: &Life, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name, places, clock, .. } = facts;
        let (name, here) = (before(name), aside(places));
        let end_of = |end: OffsetDateTime| expires((!is_no_end(end)).then(|| clock.stamp(end)).as_deref());
        match life {
            Life::Renewed { new } => {
                let until = expires(clock.end_date(new.not_after).as_deref());
                let old =
                    facts.end.map(|end| format!("以前の証明書（シリアル番号 {}）：{}。", facts.serial, end_of(end)));
                let zone = if is_no_end(new.not_after) {
                    String::new()
                } else {
                    aside(&self.zone_mark(*clock, new.not_after))
                };
                let end = end_of(new.not_after);
                let issuer = if new.issuer == facts.issuer { "これまでと同じ" } else { "変更後の" };
                let first = format!("{name}の証明書が更新され、新しい証明書が配置されました{here}。");
                Description::new(format!("証明書が更新されました（{until}）"), first)
                    .and(format!("{}新しい証明書：{end}{zone}。", old.unwrap_or_default()))
                    .and(format!("発行者は{issuer} {}、シリアル番号は {} です。", new.issuer, new.serial))
            }
            Life::Downloaded { to } => {
                let to = to.as_ref().map(|to| format!("保存先は {to} です。"));
                let first = format!("{name}の証明書{here}がダウンロードされました。");
                Description::new("証明書がダウンロードされました", first).and(to)
            }
            Life::Revoked { reason, since, source } => {
                let since = since.map(|since| format!(" {}に", in_zone(*clock, since))).unwrap_or_default();
                let reason = reason.as_ref().map(|code| format!("理由：{}。", of_revocation(code)));
                let first = format!("{name}の証明書は{since}失効しました。");
                Description::new("証明書が失効しました", first).and(reason).and(format!("情報源：{source}。"))
            }
            Life::RenewalMovedForward { end, explanation } => {
                let past = if *end < facts.at { "この時刻は過ぎています。" } else { "" };
                let first = format!(
                    "認証局が早期の更新を求めています。{name}の証明書の更新期限は {}です。{past}",
                    in_zone(*clock, *end)
                );
                let why = explanation.as_ref().map(|page| format!("認証局の説明：{page}"));
                Description::new("認証局が早期の更新を求めています", first).and(why)
            }
            Life::Replaced { by, no_longer_covered } => {
                let lost = no_longer_covered.as_ref().map(|lost| format!("{lost} は含まれなくなりました。"));
                let first =
                    format!("{name}の証明書{here}が、別の証明書に置き換えられました。更新による後継ではありません。");
                let (issuer, end, serial) = (&by.issuer, end_of(by.not_after), &by.serial);
                let other = format!("現在の証明書：発行者 {issuer}、{end}、シリアル番号 {serial}。");
                let later = (by.not_before > facts.at).then(|| {
                    format!(
                        "まだ有効期間に入っておらず、{}まではクライアントに拒否されます。",
                        in_zone(*clock, by.not_before)
                    )
                });
                let series = "元の証明書についての通知はこれで終わりです。".to_owned();
                let headline = "証明書が別のものに置き換えられました";
                Description::new(headline, first).and(other).and(later).and(lost).and(series)
            }
            Life::Deleted => {
                let end = facts.end.map(|end| format!("本来の有効期限は {}です。", in_zone(*clock, end)));
                let first = format!("{name}の証明書{here}がなくなりました。2 回続けて見つかりませんでした。");
                Description::new("証明書が削除されました", first).and(end)
            }
        }
    }

    fn of_health(&self, health: &Health, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name: plain, places, clock, .. } = facts;
        let (name, here) = (before(plain), aside(places));
        match health {
            Health::Shared { places } => {
                let first = format!("{name}の証明書または秘密鍵が、複数の場所で使われています：{places}。");
                Description::new("証明書または秘密鍵が共有されています", first)
            }
            Health::KeyReadable { path, by_others } => {
                let (readers, who) = if *by_others {
                    ("全ユーザー", "このホストの全ユーザー")
                } else {
                    ("グループ", "所有グループ")
                };
                let first = format!("{name}の秘密鍵を{who}が読み取れます：{path}。");
                Description::new(format!("秘密鍵を{readers}が読み取れます"), first)
            }
            Health::FindingOpened { finding, lost, message } => {
                let (finding, message) = (self.finding_opened(*finding, *lost), aside(message));
                Description::new(finding, format!("{name}に問題があります{here}：{finding}{message}。"))
            }
            Health::FindingBurst { finding, count, names } => {
                let finding = self.finding(*finding);
                let first = format!("{}に同時に問題が発生しました：{finding}。", self.how_many(*count, facts.is_date));
                Description::new(finding, first).and(format!("対象：{names}。"))
            }
            Health::Recovered { finding, count, is_dropped: true } => {
                let finding = self.finding_before(*finding);
                let what = if *count > 1 { self.how_many(*count, facts.is_date) } else { format!("{name}{here}") };
                let first = format!("{what}の問題「{finding}」は許容されたか、監視の対象外になりました。");
                Description::new(format!("通知を終えました（{finding}）"), first)
            }
            Health::Recovered { finding, count, is_dropped: false } => {
                let finding = self.finding_before(*finding);
                let (first, among) = if *count > 1 {
                    let how_many = self.how_many(*count, facts.is_date);
                    let first = format!("{how_many}が復旧しました：以前の問題は「{finding}」です。");
                    (first, Some(format!("対象：{plain}。")))
                } else {
                    (format!("{name}の問題「{finding}」は解消しました{here}。"), None)
                };
                Description::new(format!("復旧しました（{finding}）"), first).and(among)
            }
            Health::PutRight { by } => {
                let (end, serial) = (expires(clock.end_date(by.not_after).as_deref()), &by.serial);
                let first = format!("{name}は正しい証明書に戻りました{here}：{end}、シリアル番号 {serial}。");
                Description::new("復旧しました（正しい証明書に戻りました）", first)
            }
            Health::MonitoringStopped { stopped, names, count } => {
                if *count == 1 {
                    let (headline, first) = of_stopped(stopped, names, *clock);
                    return Description::new(headline, first);
                }
                let (headline, first) = of_stopped(stopped, &self.how_many(*count, facts.is_date), *clock);
                Description::new(headline, first).and(format!("対象：{names}。"))
            }
        }
    }

    fn of_service(&self, service: &Service, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name: plain, places, clock, .. } = facts;
        let name = before(plain);
        match service {
            Service::AuthorityChanged { main, changes } => {
                let about = format!("{name}の証明書の認証局が変わりました。");
                let mut description = match main {
                    Some(ChainChange::UsageLost { usage }) => Description::new(
                        format!("{usage} には使えなくなりました"),
                        format!("{name}の新しい証明書は、以前の証明書より用途が少なくなっています。"),
                    ),
                    Some(ChainChange::IntermediateExpires { not_after, .. }) => Description::new(
                        format!("中間証明書の有効期限は {} です", clock.iso_date(*not_after)),
                        format!("{name}の証明書チェーンに、期限の近い中間証明書があります。"),
                    ),
                    Some(ChainChange::Root { .. }) => Description::new("ルート証明書が変わりました", about),
                    Some(ChainChange::Issuer { .. }) | None => Description::new("発行者が変わりました", about),
                };
                description.sentences.extend(changes.iter().map(|change| match change {
                    ChainChange::Issuer { from, to } => format!("発行者は {from} から {to} に変わりました。"),
                    ChainChange::Root { from, to } => format!("ルート証明書は {from} から {to} に変わりました。"),
                    ChainChange::UsageLost { usage } => format!("{usage} には使えなくなりました。"),
                    ChainChange::IntermediateExpires { subject, not_after } => {
                        format!("中間証明書 {subject} の有効期限は {} です。", clock.iso_date(*not_after))
                    }
                }));
                description
            }
            Service::Announced { text, date, source, count, names } => {
                let to_whom = format!("{date} から適用され、証明書 {count} 件が対象です：{names}。");
                // What follows from the certificates themselves has none.
                let source = (!source.is_empty()).then(|| format!("情報源：{source}"));
                let first = self.stopped(text.trim_end_matches(['.', '。']));
                Description::new(format!("{date} から適用"), first).and(to_whom).and(source)
            }
            Service::Upgraded { from, to } => {
                let first = format!("このホストの certnotify が {from} から {to} にバージョンアップされました。");
                Description::new(format!("バージョン {to} になりました"), first)
            }
            Service::Reported { report: Report { message, url }, unmatched } => {
                let headline = self.reported(facts.kind, facts.is_date);
                let Some(by) = facts.evidence.by() else { return Description::new(headline, None) };
                let about = if places.is_empty() { String::new() } else { format!("（{plain}、{places}）") };
                let said = message.as_ref().map(|said| self.stopped(said.trim_end_matches(['.', '。'])));
                let as_last_seen = facts.as_last_seen().map(|phrase| self.phrase(phrase).to_owned());
                let unknown =
                    unmatched.as_ref().map(|name| format!("{}という名前の証明書は監視していません。", before(name)));
                let url = url.as_ref().map(|url| format!("詳細：{url}"));
                let first = format!("{by} からの報告{about}：{headline}。");
                Description::new(headline, first).and(said).and(as_last_seen).and(unknown).and(url)
            }
        }
    }

    fn seen_as_reported(&self, Report { message, url }: &Report, by: &str, is_date: bool) -> Vec<String> {
        let new = if is_date { "日付" } else { "証明書" };
        let seen = format!("新しい{new}は certnotify でも確認済みです。");
        let said = message.as_ref();
        let said = said.map(|said| self.stopped(&format!("{by} からの報告：{}", said.trim_end_matches(['.', '。']))));
        let url = url.as_ref().map(|url| format!("詳細：{url}"));
        [Some(seen), said, url].into_iter().flatten().collect()
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

/// The clause, and the first sentence: of so many, or of the names of one.
fn of_stopped(stopped: &Stopped, whom: &str, clock: Clock<'_>) -> (String, String) {
    let whom = before(whom);
    match stopped {
        Stopped::Removed => ("監視対象から外れました".to_owned(), format!("{whom}が監視対象から外れました。")),
        Stopped::SwitchedOff => ("通知がオフになりました".to_owned(), format!("{whom}の通知がオフになりました。")),
        Stopped::ContactDropped { contact } => (
            format!("{contact} への通知が止まりました"),
            format!("{}には、{whom}の通知が届く手段がなくなりました。", before(contact)),
        ),
        Stopped::Undeliverable { contact, address: Some(address), reason, .. } => (
            format!("{address} 宛てのメールが届きません"),
            format!(
                "{}のアドレス {address} 宛てのメールが、3 回続けて失敗しました（{reason}）。\
                     ほかのアドレスには届いています。影響があるのは {whom}です。",
                before(contact)
            ),
        ),
        Stopped::Undeliverable { contact, channel, reason, .. } => (
            format!("{channel} で {contact} に通知できません"),
            format!(
                "{channel} で {}に 3 回続けて通知できませんでした（{reason}）。影響があるのは {whom}です。",
                before(contact)
            ),
        ),
        Stopped::SnoozedLong { until } => {
            let until = clock.iso_date(*until);
            let first = format!("{whom}の通知が {until} まで一時停止されています。");
            (format!("通知が {until} まで一時停止されました"), first)
        }
    }
}
