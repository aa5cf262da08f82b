//! Simplified Chinese, of why a message was not delivered.

use super::super::quotes::{of_peer, quoted};
use super::chain::ca_file;
use super::connection::{address, connection, not_tried};
use super::file::secret;
use super::system::system;
use super::{after_colon, fault, of_end, of_program};
use crate::cause::{DeliveryCause, Handed, MailServerError, MailStep, Setting, TokenSource};
use crate::secret::SecretError;

pub(super) fn delivery(cause: &DeliveryCause) -> String {
    use DeliveryCause as C;
    match cause {
        C::NoChannel(channel) => format!("该联系人没有 {channel} 渠道"),
        C::NoSecret(key, error) => format!("{}：{}", setting(key), secret_in_full(error)),
        C::BadMailbox(mailbox) => format!("{mailbox} 不是邮件地址"),
        C::BadAddress(key, error) => format!("{key} 的地址{}", address(*error)),
        C::Objection(host, None, said) => format!("{host} 的配置不正确：{}", of_peer(said)),
        C::Objection(host, Some(key), said) => format!("{host} 的 {key} 不正确：{}", of_peer(said)),
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
        C::OutOfTime(limit) => format!("已达到运行时限 {limit} s（time-limit），由下次运行继续"),
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

fn secret_in_full(error: &SecretError) -> String {
    match error {
        SecretError::Unreadable { said, .. } => format!("{}：{}", secret(error), of_peer(said)),
        SecretError::NotRegular(_) => format!("{}：不是普通文件", secret(error)),
        SecretError::NotSet(_) | SecretError::NoCredentials(_) | SecretError::Empty(_) => secret(error),
    }
}

const fn of_step(step: MailStep) -> &'static str {
    match step {
        MailStep::Greeting => "连接",
        MailStep::StartTls => "STARTTLS",
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::is_chinese;
    use super::*;
    use crate::cause::{
        AddressError, CaFileError, ChainCause, ConnectionError, NotTried, ProgramEnd, ProgramError, SystemError,
        SystemErrorKind, remembered,
    };
    use crate::channels::Channel;
    use crate::fault::Fault;
    use crate::policy::Language;
    use crate::render::wording::of;

    fn causes() -> Vec<DeliveryCause> {
        let program = || ProgramError::TimedOut { program: "tell".to_owned(), limit: Duration::from_millis(300) };
        let kinds = each!(SystemErrorKind: NotFound, PermissionDenied, IsADirectory, ConnectionRefused, ConnectionReset,
            TimedOut, NetworkUnreachable, HostUnreachable, UnknownName, NoAddress, NoResolver, Other);
        let system = |kind| SystemError { kind, said: "odd (os error 5)".to_owned() };
        let mut connections = each!(ConnectionError: Timeout, Closed, NoAddress, SlowResolver,
            Untrusted(ChainCause::Expired), NotTls, OldTls, NothingInCommon, UnknownName, Alert("odd"),
            RefusedByProxy(407u16), SilentProxy, BadAddress, NotHttp, NotSmtp, NotReset(421u16), OddEnd(100u16), Failed,
            System(system(SystemErrorKind::Other)));
        connections.extend(kinds.into_iter().map(|kind| ConnectionError::System(system(kind))));
        let secrets = [
            SecretError::NotRegular("/pipe".to_owned()),
            SecretError::NotSet("KEY".to_owned()),
            SecretError::NoCredentials("key".to_owned()),
            SecretError::Empty("the secret".to_owned()),
            SecretError::Unreadable { path: "/key".to_owned(), said: "odd".to_owned() },
        ];
        let steps = each!(MailStep: Greeting, StartTls, Authentication, Token, Sender, Recipients, Mail);
        let servers = each!(MailServerError: NoRecipient, NoUtf8, NoStartTls, Injected, TlsAlready, NoTls,
            NotConfidential, NoPasswordLogin, NoScram, Unproven, NoTokenLogin);
        let addresses = each!(AddressError: Space, NotOfWeb, Login, BadCharacter, NoHost);
        let not_tried = each!(NotTried: PublicByHttp, NotPublic, OfLink, ProxiedHttp, BadProxy, NoTls);
        let settings = each!(Setting: Channel("token"), Email("password"), OAuth("token"));
        let sources = each!(TokenSource: Setting(Setting::Email("token".to_owned())), Program("tell"), Server("h"));
        let mut causes = each!(DeliveryCause:
            NoChannel(Channel::Email), NoSecret(settings[0].clone(), secrets[0].clone()), BadMailbox("x"),
            BadAddress("webhook", addresses[0]), Objection("h", Some("token".to_owned()), "odd"), BadCaFile("/ca.pem", CaFileError::NoCertificate), NoTls("odd"),
            NotTried("h", not_tried[0]), NoConnection("h", connections[0].clone()),
            NoAnswer("h", connections[0].clone()), Refused("h", "odd"), Busy("h", "odd"), NotConfirmed("h", 200u16), Throttled("h", "odd"),
            GatewayTimeout("h", "odd"), CutOff("h"), TicketUnanswered("h", "odd"), TicketsNotListed("h"), NoSession("h"),
            MailServer("h", servers[0]), Broken("h", connections[0].clone()), MailUnanswered("h", connections[0].clone()),
            TooLarge("h", 1000u64), StepRefused("h", steps[0], "550 no"), StepNotNow("h", steps[0], "450 no"),
            NoToken(program()), TokenProgramFailed("tell", "odd"), NoTokenFrom("h", connections[0].clone()),
            TokenNotNow("h", "odd"), TokenRefused("h", "odd"), WithoutToken("h"), BadToken(sources[0].clone()),
            BadTokenUrl(addresses[0]), Program(program()), ProgramTimeout(program(), Handed::Mail),
            ProgramKilled("tell", 9, Handed::Message, ""), ProgramFailed("tell", ProgramEnd::Code(1), "odd"),
            ProgramRefused("tell", ProgramEnd::Code(67), ""), ProgramNotNow("tell", ProgramEnd::Code(75), Handed::Mail, ""),
            Inbox("/inbox", system(SystemErrorKind::Other)), AskedForTime, OutOfTime(300u64), Stopped, AfterPage, Silent,
            Fault(Fault { at: Some("src/x.rs:1".to_owned()) }), Addresses(vec![("a@b".to_owned(), "550".into())]),
            Said("550 no such user"),
        );
        causes.extend(connections.into_iter().map(|error| DeliveryCause::NoConnection("h".to_owned(), error)));
        causes.extend(steps.into_iter().map(|step| DeliveryCause::StepRefused("h".to_owned(), step, "no".to_owned())));
        causes.extend(servers.into_iter().map(|error| DeliveryCause::MailServer("h".to_owned(), error)));
        causes.extend(addresses.into_iter().map(DeliveryCause::BadTokenUrl));
        causes.extend(not_tried.into_iter().map(|why| DeliveryCause::NotTried("h".to_owned(), why)));
        causes.extend(sources.into_iter().map(DeliveryCause::BadToken));
        causes
            .extend(settings.into_iter().cycle().zip(secrets).map(|(key, error)| DeliveryCause::NoSecret(key, error)));
        causes
    }

    #[test]
    fn each_cause_speaks_each_language_and_is_remembered() {
        for cause in causes() {
            let (english, chinese) = (cause.to_string(), delivery(&cause));
            assert!(!english.contains(is_chinese) && english.chars().any(char::is_alphanumeric), "{english}");
            let is_quoted = matches!(&cause, DeliveryCause::Said(_) | DeliveryCause::Addresses(_));
            let japanese = of(Language::Japanese).cause(&cause.clone().into());
            for own in [&chinese, &japanese] {
                assert!(
                    is_quoted || own.contains(|it| is_chinese(it) || ('ぁ'..='ー').contains(&it)),
                    "{english}: {own}"
                );
            }
            let written = serde_json::to_value(&cause).unwrap();
            let read: DeliveryCause = serde_json::from_value(written).unwrap();
            assert_eq!(remembered(&english, Some(&read)), cause);
            let other = remembered("an earlier version said this", Some(&read));
            assert_eq!(delivery(&other), "“an earlier version said this”");
        }
    }

    #[test]
    fn what_a_peer_said_stays_as_it_said_it() {
        for (cause, english, chinese) in [
            (
                DeliveryCause::StepRefused("mx:25".to_owned(), MailStep::Recipients, "550 no such user".to_owned()),
                "mx:25 refused the recipient: 550 no such user",
                "mx:25 拒绝了收件人：“550 no such user”",
            ),
            (
                DeliveryCause::TokenRefused("login.example".to_owned(), "400 invalid_grant: expired".to_owned()),
                "login.example refused an access token: 400 invalid_grant: expired",
                "login.example 拒绝签发访问令牌：“400 invalid_grant: expired”",
            ),
            (
                DeliveryCause::ProgramFailed(
                    "tell".to_owned(),
                    ProgramEnd::Code(1),
                    "no connection to x: refused".to_owned(),
                ),
                "tell failed: exit code 1: no connection to x: refused",
                "tell 失败，退出码 1：“no connection to x: refused”",
            ),
        ] {
            assert_eq!((cause.to_string().as_str(), delivery(&cause).as_str()), (english, chinese));
        }
    }
}
