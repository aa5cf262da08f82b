//! Simplified Chinese, of what happened: authorities, services and reports.

use super::SimplifiedChinese;
use super::occurrences::called;
use crate::event::{EventKind, Evidence};
use crate::render::wording::Wording as _;
use crate::render::wording::digests::Digests as _;
use crate::render::wording::full_width::{aside, before};
use crate::render::wording::occurrences::{ChainChange, OccurrenceFacts, Report, Service};

impl SimplifiedChinese {
    pub(super) fn of_service(&self, service: &Service, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let name = before(name);
        match service {
            Service::AuthorityChanged { main, changes } => {
                let changes: Vec<String> = changes
                    .iter()
                    .map(|change| match change {
                        ChainChange::Issuer { from, to } => format!("签发机构由 {from} 改为 {to}。"),
                        ChainChange::Root { from, to } => format!("根证书由 {from} 改为 {to}。"),
                        ChainChange::UsageLost { usage } => format!("不能再用于 {usage}。"),
                        ChainChange::IntermediateExpires { subject, not_after } => {
                            format!("中间证书 {subject} 将于 {} 到期。", clock.iso_date(*not_after))
                        }
                    })
                    .collect();
                let about = match main {
                    Some(ChainChange::UsageLost { .. }) => format!("{name}的新证书比旧证书少了用途。"),
                    Some(ChainChange::IntermediateExpires { .. }) => {
                        format!("{name}的证书链中有中间证书即将到期。")
                    }
                    _ => format!("{name}的签发机构发生变更。"),
                };
                [about].into_iter().chain(changes).collect()
            }
            Service::Announced { text, date, source, count, names } => {
                let to_whom = format!("自 {date} 起生效，涉及 {count} 张证书：{names}。");
                // What follows from the certificates themselves has none.
                let source = (!source.is_empty()).then(|| format!("来源：{source}"));
                [self.stopped(text.trim_end_matches(['.', '。'])), to_whom].into_iter().chain(source).collect()
            }
            Service::Digest(digest) => self.digest(digest, *clock),
            Service::Upgraded { from, to } => vec![format!("本机的 certnotify 已由 {from} 升级到 {to}。")],
            Service::Reported { report: Report { message, url }, unmatched } => {
                let Evidence::Reported { by } = &occurrences.evidence else { return Vec::new() };
                let about =
                    if places.is_empty() { String::new() } else { format!("，{}{}", name.trim_end(), aside(places)) };
                let first = format!("{by} 上报{about}：{}。", called(occurrences.kind).1);
                let url = url.as_ref().map(|url| format!("详情：{url}"));
                let said = message.as_ref().map(|said| self.stopped(said.trim_end_matches(['.', '。'])));
                let unknown = unmatched.as_ref().map(|name| format!("没有监控名为 {}的证书。", before(name)));
                let is_renewed = occurrences.kind == EventKind::Hosting && occurrences.end.is_some();
                let as_last_seen = is_renewed.then(|| "有效期为上次所见，可能仍是旧证书的。".to_owned());
                [Some(first), said, as_last_seen, unknown, url].into_iter().flatten().collect()
            }
        }
    }
}
