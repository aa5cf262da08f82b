//! Simplified Chinese, of why a look failed or a chain is not trusted.

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

use super::quotes::of_peer;
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
        FailureCause::Deployment { endpoint, cause } => format!("应部署到 {endpoint}：{}", self::cause(cause)),
        FailureCause::File(cause) => file(cause),
        FailureCause::Program(cause) => program(cause),
        FailureCause::Place(cause) => place(cause),
        FailureCause::Chain(cause) => chain(cause),
        FailureCause::Finding(cause) => finding(cause),
        FailureCause::Delivery(cause) => delivery(cause),
        FailureCause::Several(causes) => {
            let each: Vec<String> = causes.iter().map(|cause| self::cause(cause)).collect();
            each.join("；")
        }
        FailureCause::NotReached => "检查时间已用完，本次没有检查".to_owned(),
        FailureCause::NoRegistry { top } => format!("IANA 没有列出 .{top} 的 https RDAP 服务"),
        FailureCause::Metadata(DocumentCause { place, error }) => {
            format!("无法从 {place} 取得元数据：{}", document(error))
        }
        FailureCause::Registry(cause) => registry(cause),
        FailureCause::Unread(cause) => unread(cause),
        FailureCause::Fault { place, fault, .. } => format!("{place} 未能处理：{}", self::fault(fault)),
    }
}

fn fault(fault: &Fault) -> String {
    let at = fault.at.as_ref().map(|at| format!("（{at}）")).unwrap_or_default();
    format!("certnotify 自身出错{at}")
}

fn peer(peer: &Peer) -> String {
    match peer {
        Peer::Address(address) => address.to_string(),
        Peer::Behind(proxy) => format!("{} 后面的服务", of_name(proxy)),
        Peer::Proxy(proxy, address) => format!("{}（{address}）", of_name(proxy)),
    }
}

fn of_name(ProxyName { kind, place }: &ProxyName) -> String {
    format!("{kind} 代理 {place}")
}

/// `10 秒`.
fn of_seconds(within: Duration) -> String {
    seconds(within).replace("ms", "毫秒").replace('s', "秒")
}

fn endpoint(cause: &EndpointCause) -> String {
    match cause {
        EndpointCause::Addresses { causes, more } => {
            let more = (*more > 0).then(|| format!("另有 {more} 个地址"));
            let each: Vec<String> = causes.iter().map(endpoint).chain(more).collect();
            each.join("；")
        }
        EndpointCause::Refused(at) => format!("{}拒绝连接", before(&peer(at))),
        EndpointCause::NoAnswer { peers, within } => {
            let peers: Vec<String> = peers.iter().map(peer).collect();
            format!("{}内没有收到 {}的应答", of_seconds(*within), before(&peers.join("、")))
        }
        EndpointCause::NoWay { peer: at, error } => format!("无法到达 {}：{}", peer(at), system(error)),
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
            format!("{}的证书{}", before(&peer(at)), not_a_certificate(error))
        }
        EndpointCause::NothingShown { peer: at } => format!("{}没有出示证书", before(&peer(at))),
        EndpointCause::NoAddress { host, error } => {
            format!("{host} 没有地址：{}", error.as_ref().map_or_else(|| "解析结果为空".to_owned(), system))
        }
        EndpointCause::NoAddressWithin { host, within } => format!("{}内没有解析到 {host} 的地址", of_seconds(*within)),
        EndpointCause::NoPoller(error) => format!("无法建立连接：{}", system(error)),
    }
}

fn of_proxy(error: &ProxyError, limit: &str) -> String {
    match error {
        ProxyError::Interrupted(Interruption::Timeout) => format!("在 {limit}内没有转发连接"),
        ProxyError::Interrupted(Interruption::Closed) => "关闭了连接".to_owned(),
        ProxyError::Interrupted(Interruption::System(error)) => format!("没有转发连接：{}", system(error)),
        ProxyError::Answered(line) => format!("应答{}", of_peer(line)),
        ProxyError::Replied(reply) => {
            let meaning = match reply {
                2 => "规则不允许此连接",
                3 => "网络不可达",
                4 => "主机不可达，或没有地址",
                5 => "连接被拒绝",
                6 => "超时",
                7 | 8 => "无法连接此类地址",
                _ => "失败",
            };
            format!("答复：{meaning}")
        }
        ProxyError::WantsLogin => "要求其他用户名和密码".to_owned(),
        ProxyError::Unexpected => "不是此类代理".to_owned(),
    }
}

fn greeting(error: &GreetingError, who: &str, protocol: &str, limit: &str) -> String {
    let said = |words: &str| if words.is_empty() { String::new() } else { format!("，应答为{}", of_peer(words)) };
    match error {
        GreetingError::Interrupted(Interruption::Timeout) => format!("{who}在 {limit}内没有从 {protocol} 切换到 TLS"),
        GreetingError::Interrupted(Interruption::Closed) => format!("{who}在从 {protocol} 切换到 TLS 之前关闭了连接"),
        GreetingError::Interrupted(Interruption::System(error)) => {
            format!("{who}没有从 {protocol} 切换到 TLS：{}", system(error))
        }
        GreetingError::Unexpected(words) => format!("{who}不使用 {protocol} 协议{}", said(words)),
        GreetingError::Refused(words) => format!("{who}使用 {protocol}，但不提供 TLS{}", said(words)),
        GreetingError::TurnedAway(words) => format!("{who}使用 {protocol}，但拒绝了本次连接{}", said(words)),
        GreetingError::Injected(bytes) => format!("{who}同意使用 TLS 后又发送了 {bytes} 字节明文"),
    }
}

fn handshake(error: &HandshakeError, who: &str, limit: &str) -> String {
    match error {
        HandshakeError::Timeout => format!("{who}在 {limit}内没有出示证书"),
        HandshakeError::Closed => format!("{who}未出示证书就关闭了连接"),
        HandshakeError::NotTls => format!("{who}没有使用 TLS"),
        HandshakeError::NotTlsAsAgreed => format!("{who}同意使用 TLS，随后却没有使用"),
        HandshakeError::TooOld => format!("{who}不支持 TLS 1.2 和 1.3，更旧的版本也没有出示证书"),
        HandshakeError::NothingInCommon => {
            format!("{who}使用 TLS，但拒绝了本机支持的所有版本、密钥交换和加密算法")
        }
        HandshakeError::RefusedOnce => format!("{who}拒绝握手，换用其他方式也没有应答"),
        HandshakeError::TooLarge => format!("{who}发送的证书链过大"),
        HandshakeError::UnknownName => format!("{who}上没有该域名的服务"),
        HandshakeError::NoProof => format!("{who}出示了证书，但无法证明持有其私钥：签名错误"),
        HandshakeError::WithoutCertificate => format!("{who}没有出示证书：旧版本的握手中没有证书"),
        HandshakeError::Alert(alert) => format!("{who}没有出示证书：对方以 {alert} 警报拒绝"),
        HandshakeError::Other(error) => format!("{who}没有出示证书：{}", system(error)),
    }
}

fn of_program(error: &ProgramError) -> String {
    match error {
        ProgramError::NotFound(program) => format!("{program} 不存在"),
        ProgramError::NoInterpreter(program) => format!("{program} 无法执行：首行指定的解释器不存在"),
        ProgramError::NotExecutable { program, error } => format!("{program} 无法执行：{}", system(error)),
        ProgramError::TimedOut { program, limit } => format!("{program} 在 {} 秒内没有结束", limit.as_secs_f32()),
        ProgramError::Unheard(program) => format!("{program} 的结束状态未知"),
        ProgramError::System { program, error } => format!("{program} 无法运行：{}", system(error)),
    }
}

fn of_end(end: ProgramEnd) -> String {
    match end {
        ProgramEnd::Code(code) => format!("退出码 {code}"),
        ProgramEnd::Signal(signal) => format!("信号 {signal}"),
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
            format!("{program} 的输出超过 {mebibytes} MiB，已被终止")
        }
        ProgramCause::Failed { program, end, said } => {
            format!("{program} 失败，{}{}", of_end(*end), after_colon(said))
        }
    }
}

fn place(cause: &PlaceCause) -> String {
    match cause {
        PlaceCause::NotSaid { source } => format!("{source} 没有表明是否仍有该证书"),
        PlaceCause::LeadsElsewhere { source, address } => format!("{source} 不再指向 {address}"),
        PlaceCause::Gone { source } => format!("{source} 已不存在"),
        PlaceCause::NotInThisRun => "本次运行没有检查".to_owned(),
        PlaceCause::Folder(error) => format!("所在目录{}", of_folder(error)),
    }
}
