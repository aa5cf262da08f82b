//! Japanese, of why a message was not delivered.

use super::super::forms::{of_peer, quoted};
use super::chain::ca_file;
use super::connection::{address, connection, not_tried};
use super::file::secret;
use super::system::system;
use super::{after_colon, fault, of_end, of_program};
use crate::cause::{DeliveryCause, Handed, MailServerError, MailStep, Setting, TokenSource};
use crate::render::wording::full_width::{after, before};

pub(super) fn delivery(cause: &DeliveryCause) -> String {
    use DeliveryCause as C;
    match cause {
        C::NoChannel(channel) => format!("この連絡先には {channel} の設定がありません"),
        C::NoSecret(key, error) => format!("{}：{}", setting(key), secret(error)),
        C::BadMailbox(mailbox) => format!("{mailbox} はメールアドレスではありません"),
        C::BadAddress(key, error) => format!("{key} のアドレス{}", address(*error)),
        C::Objection(host, None, objection) => format!("{host} のアドレスは{}", after(objection.ja)),
        C::Objection(host, Some(key), objection) => format!("{host} に使う {key} は{}", after(objection.ja)),
        C::OtherVendor(host, vendor, channel) => {
            format!("{host} は {vendor} のアドレスで、{channel} のものではありません")
        }
        C::HalfAddress(host, channel) => format!("{host} のアドレスは {channel} の Webhook アドレスとして不完全です"),
        C::BadCaFile(path, error) => format!("CA ファイル {path} {}", ca_file(error)),
        C::NoTls(said) => format!("TLS を使用できません：{}", of_peer(said)),
        C::NotTried(host, why) => format!("{host}：{}", not_tried(*why)),
        C::NoConnection(host, error) => format!("{host} に接続できません：{}", connection(error)),
        C::NoAnswer(host, error) => format!("{host} から応答がありません：{}", connection(error)),
        C::Refused(host, said) => format!("{host} がメッセージを拒否しました：{}", of_peer(said)),
        C::Busy(host, said) => format!("{host} は現在メッセージを受け付けていません：{}", of_peer(said)),
        C::NotConfirmed(host, status) => {
            format!("{host} が HTTP {status} を返しましたが、メッセージの受信を確認できません")
        }
        C::Throttled(host, said) => format!("{host} が送信頻度を制限しています：{}", of_peer(said)),
        C::GatewayTimeout(host, said) => {
            format!("{host} のゲートウェイがタイムアウトしました。送信済みの可能性があります：{}", of_peer(said))
        }
        C::CutOff(host) => format!("{host} の応答が途中で切れました"),
        C::TicketUnanswered(host, said) => format!("{host} に送信済みの可能性があります{}", after_colon(said)),
        C::TicketsNotListed(host) => format!("{host} が既存のチケットを返しませんでした"),
        C::NoSession(host) => format!("{host} がトークンのセッションを作成しませんでした"),
        C::MailServer(place, error) => format!("{place}：{}", mail_server(*error)),
        C::Broken(place, error) => format!("メールを渡す前に {place} との接続が切れました：{}", connection(error)),
        C::MailUnanswered(place, error) => {
            format!("メールを渡した後、{place} から応答がありません：{}", connection(error))
        }
        C::TooLarge(place, most) => format!("{place} は {most} バイトを超えるメールを受け付けません"),
        C::StepRefused(place, step, said) => format!("{place} が{}を拒否しました：{}", of_step(*step), of_peer(said)),
        C::StepNotNow(place, step, said) => {
            format!("{place} は現在{}を受け付けていません：{}", of_step(*step), of_peer(said))
        }
        C::NoToken(error) => format!("アクセストークンを取得できません：{}", of_program(error)),
        C::TokenProgramFailed(program, said) => {
            format!("アクセストークンを取得できません：{program} の失敗{}", after_colon(said))
        }
        C::NoTokenFrom(host, error) => format!("{host} からアクセストークンを取得できません：{}", connection(error)),
        C::TokenNotNow(host, said) => format!("{host} は現在アクセストークンを発行していません：{}", of_peer(said)),
        C::TokenRefused(host, said) => format!("{host} がアクセストークンの発行を拒否しました：{}", of_peer(said)),
        C::WithoutToken(host) => format!("{host} の応答にアクセストークンがありません"),
        C::BadToken(source) => {
            format!("{}アクセストークンではありません（空か、使えない文字が含まれています）", of_source(source))
        }
        C::BadTokenUrl(error) => format!("[email] の token-url {}", address(*error)),
        C::Program(error) => of_program(error),
        C::ProgramTimeout(error, what) => format!("{}。{}", of_program(error), may_have(*what)),
        C::ProgramKilled(program, signal, what, said) => {
            format!("{program} がシグナル {signal} で終了しました。{}{}", may_have(*what), after_colon(said))
        }
        C::ProgramFailed(program, end, said) => {
            format!("{program} が失敗しました（{}）{}", of_end(*end), after_colon(said))
        }
        C::ProgramRefused(program, end, said) => {
            format!("{program} がメールを拒否しました（{}）{}", of_end(*end), after_colon(said))
        }
        C::ProgramNotNow(program, end, _, said) => {
            format!("{program} は現在受け付けていません（{}）{}", of_end(*end), after_colon(said))
        }
        C::Inbox(path, error) => format!("受信フォルダー {path} に書き込めません：{}", system(error)),
        C::AskedForTime => "相手が送信の延期を求めています".to_owned(),
        C::OutOfTime(limit) => format!("実行の制限時間 {limit} 秒（time-limit）に達しました。次回の実行で続けます"),
        C::Stopped => "実行の停止が要求されました。次回の実行で続けます".to_owned(),
        C::AfterPage => "前のページが配信されませんでした".to_owned(),
        C::Silent => "最近の実行で応答がありません".to_owned(),
        C::Fault(error) => fault(error),
        C::Addresses(causes) => {
            let each = causes.iter().map(|(address, cause)| format!("{address}：{}", delivery(cause)));
            each.collect::<Vec<_>>().join("、")
        }
        C::Said(said) => quoted(said),
    }
}

fn setting(key: &Setting) -> String {
    match key {
        Setting::Channel(key) => key.clone(),
        Setting::Email(key) => format!("[email] の {key}"),
        Setting::OAuth(key) => format!("[email] の oauth の {key}"),
    }
}

const fn of_step(step: MailStep) -> &'static str {
    match step {
        MailStep::Greeting => "接続",
        MailStep::StartTls => " STARTTLS ",
        MailStep::Authentication => "ログイン",
        MailStep::Token => "アクセストークン",
        MailStep::Sender => "差出人",
        MailStep::Recipients => "宛先",
        MailStep::Mail => "メール",
    }
}

const fn mail_server(error: MailServerError) -> &'static str {
    match error {
        MailServerError::NoRecipient => "メールに宛先がありません",
        MailServerError::NoUtf8 => {
            "@ より前に ASCII 以外の文字を含むアドレスがあり、サーバーが対応していません（SMTPUTF8）"
        }
        MailServerError::NoStartTls => "サーバーが STARTTLS に対応していないため、送信しませんでした",
        MailServerError::Injected => {
            "サーバーが STARTTLS の後も平文を送信しました。攻撃者が介入している可能性があります"
        }
        MailServerError::TlsAlready => "接続はすでに TLS を使用しています",
        MailServerError::NoTls => "TLS が設定されていません",
        MailServerError::NotConfidential => {
            "パスワードまたはトークンが平文で送信されてしまいます。サーバーがこのホストになく、tls が \"none\" です"
        }
        MailServerError::NoPasswordLogin => {
            "サーバーが既知のパスワード認証方式（PLAIN、LOGIN、SCRAM-SHA-256、SCRAM-SHA-1、CRAM-MD5）に対応していません"
        }
        MailServerError::NoScram => "サーバーは SCRAM に対応すると応答しましたが、実際には対応していません",
        MailServerError::Unproven => {
            "サーバーがパスワードを知っていることを証明できません。偽のサーバーの可能性があります"
        }
        MailServerError::NoTokenLogin => "サーバーが AUTH OAUTHBEARER にも AUTH XOAUTH2 にも対応していません",
    }
}

fn of_source(source: &TokenSource) -> String {
    match source {
        TokenSource::Setting(key) => format!("{}は", before(&setting(key))),
        TokenSource::Program(program) => format!("{program} の出力は"),
        TokenSource::Server(host) => format!("{host} の応答は"),
    }
}

const fn may_have(what: Handed) -> &'static str {
    match what {
        Handed::Mail => "メールは受け付けられた可能性があります",
        Handed::Message => "メッセージは転送された可能性があります",
    }
}
