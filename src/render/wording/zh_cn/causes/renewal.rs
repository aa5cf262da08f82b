//! Simplified Chinese, of what stops the next renewal.

use crate::cause::{DeadEnd, RenewalBlock, RenewalCause};

pub(super) fn renewal(cause: &RenewalCause) -> String {
    match cause {
        RenewalCause::Blocked { due, by } => format!("续期（应在 {due}）将会失败：{}", block(by)),
        RenewalCause::ValidationEnds { by_phone, from } => {
            let by = if *by_phone { "电话" } else { "邮件" };
            format!("其域名通过{by}验证，自 {from} 起公共签发者不再采用：请在此之前续期，或改用其他验证方式")
        }
        RenewalCause::WindowAfterEnd { from } => format!("签发者要求从 {from} 起续期，而证书在此之前到期"),
        RenewalCause::WindowBeyondEnd { from, until } => {
            format!("签发者允许在 {from} 至 {until} 之间续期，而证书在此期间到期")
        }
        RenewalCause::WindowMissed { until, planned } => {
            format!("签发者要求在 {until} 之前续期，而 renew-before 计划在 {planned} 续期")
        }
    }
}

fn block(by: &RenewalBlock) -> String {
    match by {
        RenewalBlock::NotPermitted { domain, permitted, own } if permitted.is_empty() => {
            format!("{domain} 的 CAA 记录不允许任何签发者，{own} 也不例外")
        }
        RenewalBlock::NotPermitted { domain, permitted, own } => {
            format!("{domain} 的 CAA 记录只允许 {}，不允许 {own}", permitted.join(", "))
        }
        RenewalBlock::CriticalProperty { domain, property } => {
            format!("{domain} 的 CAA 记录含有必须理解的属性 {property}")
        }
        RenewalBlock::DeadEnd { name, target, why } => {
            let why = match why {
                DeadEnd::NoTopLevelDomain => "该顶级域名不存在".to_owned(),
                DeadEnd::NoDomain { zone } => format!(" .{zone} 下没有该域名"),
                DeadEnd::NoServer => "没有服务器应答该名称".to_owned(),
            };
            format!("{name} 指向 {target}，而{why}")
        }
    }
}
