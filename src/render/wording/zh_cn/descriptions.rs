//! Simplified Chinese, of what happened: for titles, and in sentences.

use time::OffsetDateTime;

use super::SimplifiedChinese;
use super::forms::{expires, in_zone};
use crate::certificate::is_no_end;
use crate::render::wording::full_width::{aside, before};
use crate::render::wording::occurrences::{
    ChainChange, Description, Descriptions, Health, Life, Newswriting as _, OccurrenceFacts, Report, Service, Stopped,
};
use crate::render::wording::{Clock, Phrases as _, Wording as _};

impl Descriptions for SimplifiedChinese {
    fn of_life(&self, life: &Life, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name, places, clock, .. } = facts;
        let (name, here) = (before(name), aside(places));
        let end_of = |end: OffsetDateTime| expires((!is_no_end(end)).then(|| clock.stamp(end)).as_deref());
        match life {
            Life::Renewed { new } => {
                let until = clock.end_date(new.not_after);
                let until = until.map_or_else(|| "，无到期时间".to_owned(), |end| format!("至 {end}"));
                let old = facts.end.map(|end| format!("旧证书（序列号 {}）{}，", facts.serial, end_of(end)));
                let space = if is_no_end(new.not_after) { "" } else { " " };
                let (end, zone) = (end_of(new.not_after), self.zone_mark(*clock, new.not_after));
                let issuer = if new.issuer == facts.issuer { "签发机构不变" } else { "签发机构改为" };
                Description::new(format!("证书已续期{until}"), format!("{name}的证书已续期，新证书已就位{here}。"))
                    .and(format!("{}新证书{space}{end}，{zone}。", old.unwrap_or_default()))
                    .and(format!("{issuer}：{}，新序列号 {}。", new.issuer, new.serial))
            }
            Life::Downloaded { to } => {
                let to = to.as_ref().map(|to| format!("，保存到 {to}")).unwrap_or_default();
                Description::new("证书已下载", format!("{name}的证书已被下载{here}{to}。"))
            }
            Life::Revoked { reason, since, source } => {
                let since = since.map(|since| format!("于{} ", in_zone(*clock, since))).unwrap_or_default();
                let reason = reason.as_ref().map(|code| format!("，原因：{}", of_revocation(code))).unwrap_or_default();
                let first = format!("{name}的证书已{since}被吊销{reason}。");
                Description::new("证书已被吊销", first).and(format!("来源：{source}。"))
            }
            Life::RenewalMovedForward { end, explanation } => {
                let past = if *end < facts.at { "，该时间已过" } else { "" };
                let first = format!("CA 要求提前续期：{name}的证书应在{} 前续期{past}。", in_zone(*clock, *end));
                let why = explanation.as_ref().map(|page| format!("CA 的说明：{page}"));
                Description::new("CA 要求提前续期", first).and(why)
            }
            Life::Replaced { by, no_longer_covered } => {
                let lost = no_longer_covered.as_ref().map(|lost| format!("不再覆盖：{lost}。"));
                let first = format!("{name}的证书已被另一张替换{here}，而它不是续期后的证书。");
                let (issuer, end, serial) = (&by.issuer, end_of(by.not_after), &by.serial);
                let other = format!("现在的证书由 {issuer} 签发，{end}，序列号 {serial}。");
                let later = (by.not_before > facts.at).then(|| {
                    format!("它尚未生效：{} 之前客户端会拒绝它。", in_zone(*clock, by.not_before).trim_start())
                });
                let series = "对原证书的提醒到此为止。".to_owned();
                Description::new("证书被另一张替换", first).and(other).and(later).and(lost).and(series)
            }
            Life::Deleted => {
                let end = facts.end.map(|end| format!("该证书原本将于{} 到期。", in_zone(*clock, end)));
                let first = format!("{name}的证书已不存在{here}：连续两次运行都没有找到。");
                Description::new("证书已删除", first).and(end)
            }
        }
    }

    fn of_health(&self, health: &Health, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name, places, clock, .. } = facts;
        let (name, here) = (before(name), aside(places));
        match health {
            Health::Shared { places } => {
                Description::new("证书或私钥被共用", format!("{name}的证书或私钥现在同时用于：{places}。"))
            }
            Health::KeyReadable { path, by_others } => {
                let (readers, who) =
                    if *by_others { ("所有用户", "本机所有用户") } else { ("所属组", "所属组") };
                let first = format!("{name}的私钥可被{who}读取：{path}。");
                Description::new(format!("私钥可被{readers}读取"), first)
            }
            Health::FindingOpened { finding, lost, message } => {
                let (finding, message) = (self.finding_opened(*finding, *lost), aside(message));
                Description::new(finding, format!("{name}出现异常{here}：{finding}{message}。"))
            }
            Health::FindingBurst { finding, count, names } => {
                let finding = self.finding(*finding);
                let first = format!("{}同时出现异常：{finding}。", self.how_many(*count, facts.is_date));
                Description::new(finding, first).and(format!("包括：{names}。"))
            }
            Health::Recovered { finding, count, is_dropped: true } => {
                let finding = self.finding_before(*finding);
                let what = if *count > 1 { self.how_many(*count, facts.is_date) } else { format!("{name}{here}") };
                let first = format!("{what}此前{finding}：该问题已被接受，或不再监控，因此不再提醒。");
                Description::new(format!("不再提醒（{finding}）"), first)
            }
            Health::Recovered { finding, count, is_dropped: false } => {
                let finding = self.finding_before(*finding);
                let (first, among) = if *count > 1 {
                    let how_many = self.how_many(*count, facts.is_date);
                    (format!("{how_many}已恢复：此前{finding}。"), Some(format!("其中有：{name}。")))
                } else {
                    (format!("{name}此前{finding}{here}：该问题已解除。"), None)
                };
                Description::new(format!("已恢复（{finding}）"), first).and(among)
            }
            Health::PutRight { by } => {
                let (end, serial) = (expires(clock.end_date(by.not_after).as_deref()), &by.serial);
                let first = format!("{name}已换回正确的证书{here}，{end}，序列号 {serial}。");
                Description::new("已恢复（已换回正确的证书）", first)
            }
            Health::MonitoringStopped { stopped, names, count } => {
                if *count == 1 {
                    let (headline, first) = of_stopped(stopped, names, *clock);
                    return Description::new(headline, first);
                }
                let (headline, first) = of_stopped(stopped, &self.how_many(*count, facts.is_date), *clock);
                Description::new(headline, first).and(format!("包括：{names}。"))
            }
        }
    }

    fn of_service(&self, service: &Service, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name: plain, places, clock, .. } = facts;
        let name = before(plain);
        match service {
            Service::AuthorityChanged { main, changes } => {
                let about = format!("{name}的签发机构发生变更。");
                let mut description = match main {
                    Some(ChainChange::UsageLost { usage }) => {
                        Description::new(format!("不能再用于 {usage}"), format!("{name}的新证书比旧证书少了用途。"))
                    }
                    Some(ChainChange::IntermediateExpires { not_after, .. }) => Description::new(
                        format!("中间证书将于 {} 到期", clock.iso_date(*not_after)),
                        format!("{name}的证书链中有中间证书即将到期。"),
                    ),
                    Some(ChainChange::Root { .. }) => Description::new("根证书变更", about),
                    Some(ChainChange::Issuer { .. }) | None => Description::new("签发者变更", about),
                };
                description.sentences.extend(changes.iter().map(|change| match change {
                    ChainChange::Issuer { from, to } => format!("签发机构由 {from} 改为 {to}。"),
                    ChainChange::Root { from, to } => format!("根证书由 {from} 改为 {to}。"),
                    ChainChange::UsageLost { usage } => format!("不能再用于 {usage}。"),
                    ChainChange::IntermediateExpires { subject, not_after } => {
                        format!("中间证书 {subject} 将于 {} 到期。", clock.iso_date(*not_after))
                    }
                }));
                description
            }
            Service::Announced { text, date, source, count, names } => {
                let to_whom = format!("自 {date} 起生效，涉及 {count} 张证书：{names}。");
                // What follows from the certificates themselves has none.
                let source = (!source.is_empty()).then(|| format!("来源：{source}"));
                let first = self.stopped(text.trim_end_matches(['.', '。']));
                Description::new(format!("自 {date} 起生效"), first).and(to_whom).and(source)
            }
            Service::Upgraded { from, to } => {
                Description::new(format!("已升级到 {to}"), format!("本机的 certnotify 已由 {from} 升级到 {to}。"))
            }
            Service::Reported { report: Report { message, url }, unmatched } => {
                let headline = self.reported(facts.kind, facts.is_date);
                let Some(by) = facts.evidence.by() else { return Description::new(headline, None) };
                let about = if places.is_empty() { String::new() } else { format!("，{plain}{}", aside(places)) };
                let said = message.as_ref().map(|said| self.stopped(said.trim_end_matches(['.', '。'])));
                let as_last_seen = facts.as_last_seen().map(|phrase| self.phrase(phrase).to_owned());
                let unknown = unmatched.as_ref().map(|name| format!("没有监控名为 {}的证书。", before(name)));
                let url = url.as_ref().map(|url| format!("详情：{url}"));
                let first = format!("{by} 上报{about}：{headline}。");
                Description::new(headline, first).and(said).and(as_last_seen).and(unknown).and(url)
            }
        }
    }

    fn seen_as_reported(&self, Report { message, url }: &Report, by: &str, is_date: bool) -> Vec<String> {
        let seen = format!("certnotify 已实际见到新{}。", if is_date { "的日期" } else { "证书" });
        let said = message.as_ref();
        let said = said.map(|said| self.stopped(&format!("{by} 上报：{}", said.trim_end_matches(['.', '。']))));
        let url = url.as_ref().map(|url| format!("详情：{url}"));
        [Some(seen), said, url].into_iter().flatten().collect()
    }
}

/// Why a certificate was revoked (RFC 5280 §5.3.1).
fn of_revocation(code: &str) -> String {
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

/// The clause, and the first sentence: of so many, or of the names of one.
fn of_stopped(stopped: &Stopped, whom: &str, clock: Clock<'_>) -> (String, String) {
    match stopped {
        Stopped::Removed => ("不再监控".to_owned(), format!("不再监控 {whom}。")),
        Stopped::SwitchedOff => ("通知已关闭".to_owned(), format!("{}的通知已关闭。", before(whom))),
        Stopped::ContactDropped { contact } => {
            (format!("{contact} 不再收到通知"), format!("{contact} 已没有任何渠道接收 {}的通知。", before(whom)))
        }
        Stopped::Undeliverable { contact, address: Some(address), reason, .. } => (
            format!("发往 {address} 的邮件无法送达"),
            format!(
                "连续三次运行发往 {contact} 的地址 {address} 的邮件都失败（{reason}），其他地址可以收到，涉及 {whom}。"
            ),
        ),
        Stopped::Undeliverable { contact, channel, reason, .. } => (
            format!("无法通过 {channel} 通知 {contact}"),
            format!("连续三次运行都无法通过 {channel} 通知 {contact}（{reason}），涉及 {whom}。"),
        ),
        Stopped::SnoozedLong { until } => {
            let until = clock.iso_date(*until);
            (format!("提醒暂停至 {until}"), format!("{}的提醒暂停至 {until}。", before(whom)))
        }
    }
}
