//! Simplified Chinese, of why a message was not delivered.

use super::super::quotes::{of_peer, quoted};
use super::chain::ca_file;
use super::connection::{address, connection, not_tried};
use super::file::secret;
use super::system::system;
use super::{after_colon, fault, of_end, of_program};
use crate::cause::{DeliveryCause, Handed, MailServerError, MailStep, Setting, TokenSource};

pub(super) fn delivery(cause: &DeliveryCause) -> String {
    use DeliveryCause as C;
    match cause {
        C::NoChannel(channel) => format!("该联系人没有 {channel} 渠道"),
        C::NoSecret(key, error) => format!("{}：{}", setting(key), secret(error)),
        C::BadMailbox(mailbox) => format!("{mailbox} 不是邮件地址"),
        C::BadAddress(key, error) => format!("{key} 的地址{}", address(*error)),
        C::Objection(host, None, objection) => format!("{host} 的地址{}", objection.zh_cn),
        C::Objection(host, Some(key), objection) => format!("用于 {host} 的 {key} {}", objection.zh_cn),
        C::OtherVendor(host, vendor, channel) => format!("{host} 是 {vendor} 的地址，不是 {channel} 的地址"),
        C::HalfAddress(host, channel) => format!("{host} 的地址不是完整的 {channel} Webhook 地址"),
        C::BadCaFile(path, error) => format!("CA 文件 {path} {}", ca_file(error)),
        C::NoTls(said) => format!("无法使用 TLS：{}", of_peer(said)),
        C::NotTried(host, why) => format!("{host}：{}", not_tried(*why)),
        C::NoConnection(host, error) => format!("无法连接 {host}：{}", connection(error)),
        C::NoAnswer(host, error) => format!("{host} 没有应答：{}", connection(error)),
        C::Refused(host, said) => format!("{host} 拒绝了消息：{}", of_peer(said)),
        C::Busy(host, said) => format!("{host} 暂不接收消息：{}", of_peer(said)),
        C::NotConfirmed(host, status) => format!("{host} 返回 HTTP {status}，但没有确认收到消息"),
        C::Throttled(host, said) => format!("{host} 限制了发送频率：{}", of_peer(said)),
        C::GatewayTimeout(host, said) => format!("{host} 的网关没有等到应答，消息可能已送达：{}", of_peer(said)),
        C::CutOff(host) => format!("{host} 的应答不完整"),
        C::TicketUnanswered(host, said) => format!("{host} 可能已收到消息{}", after_colon(said)),
        C::TicketsNotListed(host) => format!("{host} 没有列出已有的工单"),
        C::NoSession(host) => format!("{host} 没有为令牌建立会话"),
        C::MailServer(place, error) => format!("{place}：{}", mail_server(*error)),
        C::Broken(place, error) => format!("交付邮件之前，与 {place} 的连接中断：{}", connection(error)),
        C::MailUnanswered(place, error) => format!("{place} 收下邮件后没有应答：{}", connection(error)),
        C::TooLarge(place, most) => format!("{place} 不接收超过 {most} 字节的邮件"),
        C::StepRefused(place, step, said) => format!("{place} 拒绝了{}：{}", of_step(*step), of_peer(said)),
        C::StepNotNow(place, step, said) => format!("{place} 暂不接受{}：{}", of_step(*step), of_peer(said)),
        C::NoToken(error) => format!("无法取得访问令牌：{}", of_program(error)),
        C::TokenProgramFailed(program, said) => format!("无法取得访问令牌：{program} 失败{}", after_colon(said)),
        C::NoTokenFrom(host, error) => format!("无法从 {host} 取得访问令牌：{}", connection(error)),
        C::TokenNotNow(host, said) => format!("{host} 暂不签发访问令牌：{}", of_peer(said)),
        C::TokenRefused(host, said) => format!("{host} 拒绝签发访问令牌：{}", of_peer(said)),
        C::WithoutToken(host) => format!("{host} 的应答中没有访问令牌"),
        C::BadToken(source) => format!("{}不是访问令牌：为空，或含有令牌中不能使用的字符", of_source(source)),
        C::BadTokenUrl(error) => format!("[email] 的 token-url {}", address(*error)),
        C::Program(error) => of_program(error),
        C::ProgramTimeout(error, what) => format!("{}，{}", of_program(error), may_have(*what)),
        C::ProgramKilled(program, signal, what, said) => {
            format!("{program} 被信号 {signal} 终止，{}{}", may_have(*what), after_colon(said))
        }
        C::ProgramFailed(program, end, said) => format!("{program} 失败，{}{}", of_end(*end), after_colon(said)),
        C::ProgramRefused(program, end, said) => {
            format!("{program} 拒绝了邮件，{}{}", of_end(*end), after_colon(said))
        }
        C::ProgramNotNow(program, end, _, said) => format!("{program} 暂不接收，{}{}", of_end(*end), after_colon(said)),
        C::Inbox(path, error) => format!("收件目录 {path} 无法写入：{}", system(error)),
        C::AskedForTime => "对方要求稍后再发送".to_owned(),
        C::OutOfTime(limit) => format!("已达到运行时限 {limit} 秒（time-limit），由下次运行继续"),
        C::Stopped => "运行被要求停止，由下次运行继续".to_owned(),
        C::AfterPage => "前一页没有送达".to_owned(),
        C::Silent => "最近几次运行都没有应答".to_owned(),
        C::Fault(error) => fault(error),
        C::Addresses(causes) => {
            let each = causes.iter().map(|(address, cause)| format!("{address}：{}", delivery(cause)));
            each.collect::<Vec<_>>().join("；")
        }
        C::Said(said) => quoted(said),
    }
}

fn setting(key: &Setting) -> String {
    match key {
        Setting::Channel(key) => key.clone(),
        Setting::Email(key) => format!("[email] 的 {key}"),
        Setting::OAuth(key) => format!("[email] 中 oauth 的 {key}"),
    }
}

const fn of_step(step: MailStep) -> &'static str {
    match step {
        MailStep::Greeting => "连接",
        MailStep::StartTls => " STARTTLS",
        MailStep::Authentication => "登录",
        MailStep::Token => "访问令牌",
        MailStep::Sender => "发件人",
        MailStep::Recipients => "收件人",
        MailStep::Mail => "邮件",
    }
}

const fn mail_server(error: MailServerError) -> &'static str {
    match error {
        MailServerError::NoRecipient => "邮件没有收件人",
        MailServerError::NoUtf8 => "有地址在 @ 之前含有非 ASCII 字符，而服务器不支持（SMTPUTF8）",
        MailServerError::NoStartTls => "服务器不提供 STARTTLS，因此没有发送",
        MailServerError::Injected => "服务器在 STARTTLS 之后仍发送明文，可能有攻击者介入",
        MailServerError::TlsAlready => "连接已经在使用 TLS",
        MailServerError::NoTls => "没有设置 TLS",
        MailServerError::NotConfidential => "密码或令牌会以明文发送：服务器不在本机，而 tls 为 \"none\"",
        MailServerError::NoPasswordLogin => {
            "服务器不提供已知的密码登录方式（PLAIN、LOGIN、SCRAM-SHA-256、SCRAM-SHA-1、CRAM-MD5）"
        }
        MailServerError::NoScram => "服务器声称支持 SCRAM，实际并不支持",
        MailServerError::Unproven => "服务器无法证明它知道密码，可能是冒充的服务器",
        MailServerError::NoTokenLogin => "服务器既不提供 AUTH OAUTHBEARER，也不提供 AUTH XOAUTH2",
    }
}

fn of_source(source: &TokenSource) -> String {
    match source {
        TokenSource::Setting(key) => format!("{} ", setting(key)),
        TokenSource::Program(program) => format!("{program} 的输出"),
        TokenSource::Server(host) => format!("{host} 给出的内容"),
    }
}

const fn may_have(what: Handed) -> &'static str {
    match what {
        Handed::Mail => "邮件可能已被接收",
        Handed::Message => "消息可能已被转发",
    }
}
