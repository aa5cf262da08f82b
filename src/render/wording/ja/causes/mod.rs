//! Japanese, of why a look failed or a chain is not trusted.

mod chain;
mod connection;
mod delivery;
mod file;
mod finding;
mod registry;
mod renewal;
mod system;
mod unread;

use std::time::Duration;

use super::forms::of_peer;
use crate::cause::{
    DocumentCause, EndpointCause, FailureCause, GreetingError, HandshakeError, Interruption, Peer, PlaceCause,
    ProgramCause, ProgramEnd, ProgramError, ProxyError, ProxyName, seconds,
};
use crate::fault::Fault;
use crate::render::wording::full_width::before;
use chain::chain;
use delivery::delivery;
use file::{file, not_a_certificate, of_folder};
use finding::finding;
use registry::{document, registry};
use system::system;
use unread::unread;

/// As a clause that names the place.
pub(super) fn cause(cause: &FailureCause) -> String {
    match cause {
        FailureCause::Endpoint(cause) => endpoint(cause),
        FailureCause::Deployment { endpoint, cause } => format!("配置先 {endpoint}：{}", self::cause(cause)),
        FailureCause::File(cause) => file(cause),
        FailureCause::Program(cause) => program(cause),
        FailureCause::Place(cause) => place(cause),
        FailureCause::Chain(cause) => chain(cause),
        FailureCause::Finding(cause) => finding(cause),
        FailureCause::Delivery(cause) => delivery(cause),
        FailureCause::Several(causes) => {
            let each: Vec<String> = causes.iter().map(|cause| self::cause(cause)).collect();
            each.join("、")
        }
        FailureCause::NotReached => "制限時間に達したため、今回は確認していません".to_owned(),
        FailureCause::NoRegistry { top } => format!("IANA の一覧に .{top} の https RDAP サービスがありません"),
        FailureCause::Metadata(DocumentCause { place, error }) => {
            format!("{place} からメタデータを取得できません：{}", document(error))
        }
        FailureCause::Registry(cause) => registry(cause),
        FailureCause::Unread(cause) => unread(cause),
        FailureCause::Fault { place, fault, .. } => format!("{place} を処理できません：{}", self::fault(fault)),
    }
}

fn fault(fault: &Fault) -> String {
    let at = fault.at.as_ref().map(|at| format!("（{at}）")).unwrap_or_default();
    format!("certnotify 自体のエラー{at}")
}

fn peer(peer: &Peer) -> String {
    match peer {
        Peer::Address(address) => address.to_string(),
        Peer::Behind(proxy) => format!("{} の先のサービス", of_name(proxy)),
        Peer::Proxy(proxy, address) => format!("{}（{address}）", of_name(proxy)),
    }
}

fn of_name(ProxyName { kind, place }: &ProxyName) -> String {
    format!("{kind} プロキシ {place}")
}

fn endpoint(cause: &EndpointCause) -> String {
    match cause {
        EndpointCause::Addresses { causes, more } => {
            let more = (*more > 0).then(|| format!("ほか {more} 件のアドレス"));
            let each: Vec<String> = causes.iter().map(endpoint).chain(more).collect();
            each.join("、")
        }
        EndpointCause::Refused(at) => format!("{}が接続を拒否しました", before(&peer(at))),
        EndpointCause::NoAnswer { peers, within } => {
            let peers: Vec<String> = peers.iter().map(peer).collect();
            format!("{}以内に {}から応答がありません", of_seconds(*within), before(&peers.join("、")))
        }
        EndpointCause::NoWay { peer: at, error } => format!("{}に到達できません：{}", before(&peer(at)), system(error)),
        EndpointCause::Proxy { proxy, error, within } => {
            format!("{} {}", of_name(proxy), of_proxy(error, &of_seconds(*within)))
        }
        EndpointCause::Greeting { peer: at, protocol, error, within } => {
            greeting(error, &before(&peer(at)), protocol, &of_seconds(*within))
        }
        EndpointCause::Handshake { peer: at, error, within } => {
            handshake(error, &before(&peer(at)), &of_seconds(*within))
        }
        EndpointCause::NotACertificate { peer: at, error } => {
            format!("{}の証明書：{}", before(&peer(at)), not_a_certificate(error))
        }
        EndpointCause::NothingShown { peer: at } => format!("{}が証明書を提示しませんでした", before(&peer(at))),
        EndpointCause::NoAddress { host, error } => {
            let why = error.as_ref().map_or_else(|| "名前解決の結果が空です".to_owned(), system);
            format!("{host} のアドレスがありません：{why}")
        }
        EndpointCause::NoAddressWithin { host, within } => {
            format!("{}以内に {host} の名前解決ができませんでした", of_seconds(*within))
        }
        EndpointCause::NoPoller(error) => format!("接続を作成できません：{}", system(error)),
    }
}

/// `10 秒`.
fn of_seconds(within: Duration) -> String {
    seconds(within).replace("ms", "ミリ秒").replace('s', "秒")
}

/// After what the proxy is called.
fn of_proxy(error: &ProxyError, limit: &str) -> String {
    match error {
        ProxyError::Interrupted(Interruption::Timeout) => format!("が {limit}以内に接続を中継しませんでした"),
        ProxyError::Interrupted(Interruption::Closed) => "が接続を切断しました".to_owned(),
        ProxyError::Interrupted(Interruption::System(error)) => {
            format!("が接続を中継しませんでした：{}", system(error))
        }
        ProxyError::Answered(line) => format!("の応答：{}", of_peer(line)),
        ProxyError::Replied(reply) => {
            let meaning = match reply {
                2 => "ルールで許可されていない接続",
                3 => "ネットワークに到達できません",
                4 => "ホストに到達できないか、アドレスがありません",
                5 => "接続が拒否されました",
                6 => "タイムアウト",
                7 | 8 => "この種類のアドレスには接続できません",
                _ => "失敗",
            };
            format!("の応答：{meaning}")
        }
        ProxyError::WantsLogin => "が別のユーザー名とパスワードを求めています".to_owned(),
        ProxyError::Unexpected => "はこの種類のプロキシではありません".to_owned(),
    }
}

fn greeting(error: &GreetingError, who: &str, protocol: &str, limit: &str) -> String {
    let said =
        |words: &str| if words.is_empty() { String::new() } else { format!("（応答は{}）", of_peer(words)) };
    match error {
        GreetingError::Interrupted(Interruption::Timeout) => {
            format!("{who}が {limit}以内に {protocol} から TLS に移行しませんでした")
        }
        GreetingError::Interrupted(Interruption::Closed) => {
            format!("{who}が {protocol} から TLS に移行する前に接続を切断しました")
        }
        GreetingError::Interrupted(Interruption::System(error)) => {
            format!("{who}が {protocol} から TLS に移行しませんでした：{}", system(error))
        }
        GreetingError::Unexpected(words) => format!("{who}は {protocol} を使用していません{}", said(words)),
        GreetingError::Refused(words) => format!("{who}は {protocol} で TLS を提供していません{}", said(words)),
        GreetingError::TurnedAway(words) => format!("{who}が {protocol} の接続を拒否しました{}", said(words)),
        GreetingError::Injected(bytes) => {
            format!("{who}が TLS への移行に同意した後、平文を {bytes} バイト送信しました")
        }
    }
}

fn handshake(error: &HandshakeError, who: &str, limit: &str) -> String {
    match error {
        HandshakeError::Timeout => format!("{who}が {limit}以内に証明書を提示しませんでした"),
        HandshakeError::Closed => format!("{who}が証明書を提示せずに接続を切断しました"),
        HandshakeError::NotTls => format!("{who}は TLS を使用していません"),
        HandshakeError::NotTlsAsAgreed => format!("{who}は TLS への移行に同意しましたが、使用しませんでした"),
        HandshakeError::TooOld => {
            format!("{who}は TLS 1.2 と 1.3 に対応せず、古いバージョンでも証明書を提示しませんでした")
        }
        HandshakeError::NothingInCommon => {
            format!(
                "{who}は TLS を使用していますが、このホストが対応するバージョン、鍵交換、暗号方式をすべて拒否しました"
            )
        }
        HandshakeError::RefusedOnce => format!("{who}がハンドシェイクを拒否し、別の方式にも応答しませんでした"),
        HandshakeError::TooLarge => format!("{who}が送信した証明書チェーンが大きすぎます"),
        HandshakeError::UnknownName => format!("{who}にこのホスト名のサービスがありません"),
        HandshakeError::NoProof => {
            format!("{who}は証明書を提示しましたが、秘密鍵の所有を証明できません（署名が正しくありません）")
        }
        HandshakeError::WithoutCertificate => {
            format!("{who}が証明書を提示しませんでした（古いバージョンのハンドシェイクに証明書がありません）")
        }
        HandshakeError::Alert(alert) => {
            format!("{who}が証明書を提示せず、アラート {alert} で拒否しました")
        }
        HandshakeError::Other(error) => format!("{who}が証明書を提示しませんでした：{}", system(error)),
    }
}

fn of_program(error: &ProgramError) -> String {
    match error {
        ProgramError::NotFound(program) => format!("{program} がありません"),
        ProgramError::NoInterpreter(program) => {
            format!("{program} を実行できません（先頭行のインタープリターがありません）")
        }
        ProgramError::NotExecutable { program, error } => format!("{program} を実行できません：{}", system(error)),
        ProgramError::TimedOut { program, limit } => {
            format!("{program} が {} 秒以内に終了しませんでした", limit.as_secs_f32())
        }
        ProgramError::Unheard(program) => format!("{program} の終了状態が不明です"),
        ProgramError::System { program, error } => format!("{program} を実行できませんでした：{}", system(error)),
    }
}

fn of_end(end: ProgramEnd) -> String {
    match end {
        ProgramEnd::Code(code) => format!("終了コード {code}"),
        ProgramEnd::Signal(signal) => format!("シグナル {signal}"),
    }
}

/// After all that is known otherwise.
fn after_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("：{}", of_peer(said)) }
}

fn program(cause: &ProgramCause) -> String {
    match cause {
        ProgramCause::Error(error) => of_program(error),
        ProgramCause::PrintsTooMuch { program, mebibytes } => {
            format!("{program} の出力が {mebibytes} MiB を超えたため、終了させました")
        }
        ProgramCause::Failed { program, end, said } => {
            format!("{program} が失敗しました（{}）{}", of_end(*end), after_colon(said))
        }
    }
}

fn place(cause: &PlaceCause) -> String {
    match cause {
        PlaceCause::NotSaid { source } => format!("{source} から、この証明書があるかどうかの情報が得られません"),
        PlaceCause::LeadsElsewhere { source, address } => format!("{source} は {address} を指さなくなりました"),
        PlaceCause::Gone { source } => format!("{source} がなくなりました"),
        PlaceCause::NotInThisRun => "今回の実行では確認していません".to_owned(),
        PlaceCause::Folder(error) => format!("フォルダー{}", of_folder(error)),
    }
}
