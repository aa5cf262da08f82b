//! Japanese, of what happened: authorities, services and reports.

use super::Japanese;
use super::occurrences::called;
use crate::event::{EventKind, Evidence};
use crate::render::wording::Wording as _;
use crate::render::wording::digests::Digests as _;
use crate::render::wording::full_width::before;
use crate::render::wording::occurrences::{ChainChange, OccurrenceFacts, Report, Service};

impl Japanese {
    pub(super) fn of_service(&self, service: &Service, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let name = before(name);
        match service {
            Service::AuthorityChanged { main, changes } => {
                let changes = changes.iter().map(|change| match change {
                    ChainChange::Issuer { from, to } => format!("発行者は {from} から {to} に変わりました。"),
                    ChainChange::Root { from, to } => format!("ルート証明書は {from} から {to} に変わりました。"),
                    ChainChange::UsageLost { usage } => format!("{usage} には使えなくなりました。"),
                    ChainChange::IntermediateExpires { subject, not_after } => {
                        format!("中間証明書 {subject} の有効期限は {} です。", clock.iso_date(*not_after))
                    }
                });
                let about = match main {
                    Some(ChainChange::UsageLost { .. }) => {
                        format!("{name}の新しい証明書は、以前の証明書より用途が少なくなっています。")
                    }
                    Some(ChainChange::IntermediateExpires { .. }) => {
                        format!("{name}の証明書チェーンに、期限の近い中間証明書があります。")
                    }
                    _ => format!("{name}の証明書の認証局が変わりました。"),
                };
                std::iter::once(about).chain(changes).collect()
            }
            Service::Announced { text, date, source, count, names } => {
                let to_whom = format!("{date} から適用され、証明書 {count} 件が対象です：{names}。");
                // What follows from the certificates themselves has none.
                let source = (!source.is_empty()).then(|| format!("情報源：{source}"));
                [self.stopped(text.trim_end_matches(['.', '。'])), to_whom].into_iter().chain(source).collect()
            }
            Service::Digest(digest) => self.digest(digest, *clock),
            Service::Upgraded { from, to } => {
                vec![format!("このホストの certnotify が {from} から {to} にバージョンアップされました。")]
            }
            Service::Reported { report: Report { message, url }, unmatched } => {
                let Evidence::Reported { by } = &occurrences.evidence else { return Vec::new() };
                let about =
                    if places.is_empty() { String::new() } else { format!("（{}、{places}）", name.trim_end()) };
                let first = format!("{by} からの報告{about}：{}。", called(occurrences.kind).1);
                let url = url.as_ref().map(|url| format!("詳細：{url}"));
                let said = message.as_ref().map(|said| self.stopped(said.trim_end_matches(['.', '。'])));
                let unknown =
                    unmatched.as_ref().map(|name| format!("{}という名前の証明書は監視していません。", before(name)));
                let is_renewed = occurrences.kind == EventKind::Hosting && occurrences.end.is_some();
                let as_last_seen = is_renewed
                    .then(|| "有効期間は最後に確認した時点のもので、以前の証明書の値の可能性があります。".to_owned());
                [Some(first), said, as_last_seen, unknown, url].into_iter().flatten().collect()
            }
        }
    }
}
