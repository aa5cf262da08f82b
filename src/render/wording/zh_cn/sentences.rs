//! Simplified Chinese sentences with names or numbers in them.

use super::SimplifiedChinese;
use super::forms::{expires, span};
use crate::event::Evidence;
use crate::render::wording::full_width::before;
use crate::render::wording::sentences::{Counted, Held, Recipients, Remark, Sentence, Sentences, Until};

impl Sentences for SimplifiedChinese {
    fn remark(&self, remark: Remark<'_>) -> String {
        use Remark as R;
        match remark {
            R::State { stamp, is_expired: true } => format!("已于 {stamp} 到期"),
            R::State { stamp, .. } => format!("{stamp} 到期"),
            R::Valid { from, to, zone, lifetime } => format!("{from} 至 {to}，{zone}，共 {}", span(lifetime)),
            R::ValidWithoutEnd { from } => format!("{from} 起，无到期时间"),
            R::Limited { by, is_metadata: true, own_end } => format!(
                "{by} 的 SAML 元数据届时失效（validUntil），此后其中的密钥不再被采用；{}。请换用对方发布的新元数据。",
                own(own_end)
            ),
            R::Limited { by, is_metadata: false, own_end } => format!(
                "证书链中的中间证书 {by} 届时到期，且没有其他路径可用；{}。\
                 请在证书链中换用签发机构的新中间证书，或续期本证书。",
                own(own_end)
            ),
            R::Superseded { place, end, is_one_of_several } => {
                let this = if is_one_of_several { "此项" } else { "此文件" };
                format!("{place} 中有更新的证书，{}：请把它部署到此处，或删除{this}。", expires(end))
            }
            R::StillServed { places, seen } => format!("{}仍在使用这张证书（{seen} 所见）。", before(places)),
            R::NotReached { since, reason } => {
                let reason = reason.map(|reason| format!("（{reason}）")).unwrap_or_default();
                format!("{since} 之后未能再看到{reason}，有效期以最后所见为准。")
            }
            R::LeftOut { covered: "", left_out } => {
                format!("较新的证书没有覆盖 {left_out}：请续期本证书，或停用这些域名。")
            }
            R::LeftOut { covered, left_out } => {
                format!("较新的证书已覆盖 {covered}，但没有覆盖 {left_out}：请续期本证书，或停用这些域名。")
            }
            R::Capped { asked, lifetime, percent, lead } => {
                let share = if percent == 50 { "一半".to_owned() } else { format!(" {percent}%") };
                let (asked, lifetime, lead) = (span(asked), span(lifetime), span(lead));
                format!("策略要求提前 {asked}提醒，但该证书有效期为 {lifetime}，最多提前{share}，即 {lead}开始提醒。")
            }
            R::Late { client, due, late_from, log } => {
                let client = client.map(|client| format!("（{client}）")).unwrap_or_default();
                let log = log.map(|log| format!("，请查看 {log}")).unwrap_or_default();
                format!("该证书由程序自动续期{client}，应在 {due}前完成，自 {late_from}起视为逾期{log}。")
            }
            R::NotInUse { name, is_predecessor: true } => format!("{name} 的证书已续期，但旧证书仍在使用。"),
            R::NotInUse { name, .. } => format!("应使用 {name} 的证书之处，正在使用另一张证书。"),
            R::ServedInstead { endpoint, serial, end } => {
                format!("{endpoint} 使用的证书于 {end} 到期（序列号 {serial}）。")
            }
            R::NewWithout { faults } => format!("新证书不应再有此问题：{faults}。"),
            R::WhyNow { why } => format!("本次原因：{why}。"),
            R::ReallyLeft { why, left } => format!("{why}（现剩 {}）", span(left)),
            R::Became { date, is_renewed: true } => format!("已于 {date} 续期"),
            R::Became { date, .. } => format!("自 {date} 起不再监控"),
        }
    }

    fn say(&self, sentence: Sentence<'_>) -> String {
        use Sentence as S;
        match sentence {
            S::OnMachine { places, machine } => format!("主机 {machine} 的 {places}"),
            S::FilesOn { machine } => format!("文件位于主机 {machine}。"),
            S::Attached { file } => format!("附件 {file} 是同一份清单，可用表格软件打开。"),
            S::OtherPolicies { more } => format!("另有 {more} 种设置，可执行以下命令查看："),
            S::Ordinal { nth, of, previous: Some(day) } => {
                format!("这是{}，上一次是 {day}。", counted(&format!(" {nth} "), of))
            }
            S::Ordinal { of, previous: None, .. } => format!("这是{}。", counted("一", of)),
            S::Next { day: Some(day), until: Until::InUse } => format!("下次提醒：{day}。该证书启用后自动停止。"),
            S::Next { day: Some(day), .. } => format!("下次提醒：{day}。续期后自动停止。"),
            S::Next { day: None, .. } => "此类提醒不再重复。".to_owned(),
            S::More { count } => format!("另有 {count} 项未在此列出，已计入上面的总数，下次运行时列出。"),
            S::Footer { version, machine, file } => format!("certnotify {version}，主机 {machine}，{file}"),
            S::Test { contact, channel } => {
                format!("这是一条测试消息，说明 {contact} 能够通过 {channel} 收到证书提醒，不涉及任何实际证书。")
            }
            S::Evidence { evidence: Evidence::Observed, .. } => "依据：certnotify 实际所见。".to_owned(),
            S::Evidence { evidence: Evidence::Reported { by }, .. } => format!("依据：{by} 上报。"),
            S::Evidence { evidence: Evidence::Derived, .. } => "依据：由有效期推算。".to_owned(),
            S::Known { evidence: Evidence::Observed, seen } => format!("certnotify 实际所见，{seen}"),
            S::Known { evidence: Evidence::Reported { by }, seen } => format!("{by} 上报，{seen}"),
            S::Known { evidence: Evidence::Derived, seen } => format!("由日期和策略推算，{seen}"),
            S::News { counted } => format!("动态：{counted}。"),
            S::DetailsLeftOut { rows, file: Some(file) } => format!("其中 {rows} 项的明细只列在附件 {file} 中。"),
            S::DetailsLeftOut { rows, file: None } => {
                format!("邮件服务器不接收更大的邮件，其中 {rows} 项的明细未能列出。")
            }
            S::NamesLeftOut { rows } => format!("邮件服务器不接收更大的邮件，另有 {rows} 项未能列出。"),
            S::MoreInList { rows } => format!("另有 {rows} 项"),
            S::NextInList { date, is_automatic: true } => format!("，自动续期，否则 {date} 提醒"),
            S::NextInList { date, is_automatic: false } => format!("，{date} 提醒"),
            S::WhyInList { why } => format!("：{why}"),
            S::Coming { count } => format!("{count} 项需关注"),
            S::RenewedSince { count } => format!("已续期 {count} 项"),
            S::Unseen { count } => format!("未能看到 {count} 项"),
        }
    }

    fn recipients(&self, recipients: Recipients<'_>) -> String {
        use Recipients as R;
        match recipients {
            R::ToldWith { names, later } => {
                let now = if names.is_empty() { "无".to_owned() } else { names.join("、") };
                let later = later.iter().map(|(day, names)| format!("；{day}起还将通知 {}", names.join("、")));
                format!("同时通知：{now}{}。", later.collect::<String>())
            }
            R::ToldLater { later } => {
                let later = later.iter().map(|(day, names)| format!("{day}起还将通知 {}", names.join("、")));
                format!("{}。", later.collect::<Vec<_>>().join("；"))
            }
            R::ToldOf { name, count } => format!("其中 {count} 项同时通知了 {name}。"),
            R::NewsTold { names } => format!("上述动态同时通知：{}。", names.join("、")),
            R::Escalated { within, count } => {
                let which = count.map(|count| format!("其中 {count} 项")).unwrap_or_default();
                format!("{which}根据策略的升级规则，自到期前 {}起通知您。", span(within))
            }
            R::SnoozeHint { day, machine, of } => {
                let what = match of {
                    Held::TheOnlyOne => "提醒",
                    Held::OneOfTheCertificates => "某张证书的提醒",
                    Held::OneOfTheDates => "某一项的提醒",
                };
                format!("如需将{what}暂停到 {day}，请在 {machine} 上执行：")
            }
            R::Snoozed { until } => format!("提醒已暂停至 {until}。"),
            R::Unused { file } => format!("若已不再使用，请从 {file} 中删除。"),
        }
    }
}

fn counted(nth: &str, of: Counted) -> String {
    match of {
        Counted::BeforeTheEnd => format!("第{nth}次提醒"),
        Counted::SinceTheEnd => format!("过期后的第{nth}次提醒"),
        Counted::OfItsKind => format!("第{nth}次此类提醒"),
    }
}

fn own(end: Option<&str>) -> String {
    end.map_or_else(|| "证书自身无到期时间".to_owned(), |end| format!("证书自身的到期时间为 {end}"))
}
