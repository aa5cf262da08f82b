//! Simplified Chinese, of why a look failed.

use super::clauses::clause;
use crate::cause::{
    EndpointCause, FailureCause, FileCause, FileRole, FolderError, GreetingError, HandshakeError, Interruption,
    PatternError, Peer, PlaceCause, ProgramCause, ProgramEnd, ProgramError, ProxyError, ReadError, seconds,
};
use crate::certificate::{BadBlock, BlockFault, ContainerError, NotACertificate};
use crate::secret::SecretError;

/// As a clause that names the place.
pub(super) fn cause(cause: &FailureCause) -> String {
    match cause {
        FailureCause::Endpoint(cause) => endpoint(cause),
        FailureCause::Deployment { endpoint, cause } => format!("应部署到 {endpoint}：{}", self::cause(cause)),
        FailureCause::File(cause) => file(cause),
        FailureCause::Program(cause) => program(cause),
        FailureCause::Place(cause) => place(cause),
        FailureCause::Several(causes) => {
            let each: Vec<String> = causes.iter().map(|cause| self::cause(cause)).collect();
            each.join("；")
        }
        FailureCause::NotReached => "检查时间已用完，本次没有检查".to_owned(),
        FailureCause::NoRegistry { top } => format!("IANA 没有列出 .{top} 的 RDAP 服务（https）"),
        FailureCause::Metadata(_) | FailureCause::Registry(_) | FailureCause::Policy(_) => clause(&cause.to_string()),
        FailureCause::Fault { place, fault, .. } => {
            let at = fault.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
            format!("{place} 未能处理：certnotify 自身出错{at}")
        }
    }
}

/// The words of a peer.
fn quoted(said: &str) -> String {
    format!("“{said}”")
}

fn peer(peer: &Peer) -> String {
    match peer {
        Peer::Address(address) => address.to_string(),
        Peer::Behind(proxy) => format!("{proxy} 之后的服务"),
        Peer::Proxy(proxy, address) => format!("{proxy} ({address})"),
    }
}

fn endpoint(cause: &EndpointCause) -> String {
    match cause {
        EndpointCause::Addresses { causes, more } => {
            let more = (*more > 0).then(|| format!("另有 {more} 个地址"));
            let each: Vec<String> = causes.iter().map(endpoint).chain(more).collect();
            each.join("；")
        }
        EndpointCause::Refused(at) => format!("{} 拒绝连接", peer(at)),
        EndpointCause::NoAnswer { peers, within } => {
            let peers: Vec<String> = peers.iter().map(peer).collect();
            format!("{} 内没有收到 {} 的应答", seconds(*within), peers.join(", "))
        }
        EndpointCause::NoWay { peer: at, said } => format!("无法到达 {}：{}", peer(at), clause(said)),
        EndpointCause::Proxy { proxy, error, within } => format!("{proxy} {}", of_proxy(error, &seconds(*within))),
        EndpointCause::Greeting { peer: at, protocol, error, within } => {
            greeting(error, &peer(at), protocol, &seconds(*within))
        }
        EndpointCause::Handshake { peer: at, error, within } => handshake(error, &peer(at), &seconds(*within)),
        EndpointCause::NotACertificate { peer: at, error } => {
            format!("{} 的证书{}", peer(at), not_a_certificate(error))
        }
        EndpointCause::NothingShown { peer: at } => format!("{} 没有出示证书", peer(at)),
        EndpointCause::NoAddress { host, said } => {
            format!("{host} 没有地址：{}", said.as_ref().map_or_else(|| "解析结果为空".to_owned(), |said| clause(said)))
        }
        EndpointCause::NoAddressWithin { host, within } => format!("{} 内没有解析到 {host} 的地址", seconds(*within)),
        EndpointCause::NoPoller(said) => format!("无法建立连接：{}", clause(said)),
    }
}

fn of_proxy(error: &ProxyError, limit: &str) -> String {
    match error {
        ProxyError::Interrupted(Interruption::Timeout) => format!("在 {limit} 内没有转发连接"),
        ProxyError::Interrupted(Interruption::Closed) => "关闭了连接".to_owned(),
        ProxyError::Interrupted(Interruption::System(said)) => format!("没有转发连接：{}", clause(said)),
        ProxyError::Answered(line) => format!("应答{}", quoted(line)),
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
    let said = |words: &str| if words.is_empty() { String::new() } else { format!("，应答为{}", quoted(words)) };
    match error {
        GreetingError::Interrupted(Interruption::Timeout) => format!("{who} 在 {limit} 内没有由 {protocol} 进入 TLS"),
        GreetingError::Interrupted(Interruption::Closed) => format!("{who} 在 {protocol} 进入 TLS 之前关闭了连接"),
        GreetingError::Interrupted(Interruption::System(said)) => {
            format!("{who} 没有由 {protocol} 进入 TLS：{}", clause(said))
        }
        GreetingError::Unexpected(words) => format!("{who} 不使用 {protocol} 协议{}", said(words)),
        GreetingError::Refused(words) => format!("{who} 使用 {protocol}，但不提供 TLS{}", said(words)),
        GreetingError::TurnedAway(words) => format!("{who} 使用 {protocol}，但拒绝了本次连接{}", said(words)),
        GreetingError::Injected(bytes) => format!("{who} 同意使用 TLS 后又发送了 {bytes} 字节明文"),
    }
}

fn handshake(error: &HandshakeError, who: &str, limit: &str) -> String {
    match error {
        HandshakeError::Timeout => format!("{who} 在 {limit} 内没有出示证书"),
        HandshakeError::Closed => format!("{who} 未出示证书就关闭了连接"),
        HandshakeError::NotTls => format!("{who} 没有使用 TLS"),
        HandshakeError::NotTlsAsAgreed => format!("{who} 同意使用 TLS，随后却没有使用"),
        HandshakeError::TooOld => format!("{who} 不支持 TLS 1.2 和 1.3，更旧的版本也没有出示证书"),
        HandshakeError::NothingInCommon => {
            format!("{who} 使用 TLS，但拒绝了本机支持的所有版本、密钥交换和加密算法")
        }
        HandshakeError::RefusedOnce => format!("{who} 拒绝握手，换用其他方式也没有应答"),
        HandshakeError::TooLarge => format!("{who} 发送的证书链过大"),
        HandshakeError::UnknownName => format!("{who} 上没有该域名的服务"),
        HandshakeError::NoProof => format!("{who} 出示了证书，但无法证明持有其私钥：签名错误"),
        HandshakeError::WithoutCertificate => format!("{who} 没有出示证书：旧版本的握手中没有证书"),
        HandshakeError::Alert(alert) => format!("{who} 没有出示证书：对方以 {alert} 警报拒绝"),
        HandshakeError::Other(said) => format!("{who} 没有出示证书：{}", clause(said)),
    }
}

fn file(cause: &FileCause) -> String {
    match cause {
        FileCause::Unreadable { role: FileRole::StandardInput, error: ReadError::TooLarge, .. } => {
            "标准输入超过 32 MiB".to_owned()
        }
        FileCause::Unreadable { role, path, error } => format!("{} 无法读取：{}", of_role(*role, path), read(error)),
        FileCause::NoCertificate { role, path, holds_private_key } => {
            let what = if *holds_private_key { "中只有私钥，没有证书" } else { "中没有证书" };
            format!("{} {what}", of_role(*role, path))
        }
        FileCause::NoClientKey { path } => format!("{} 中没有不加密的私钥", of_role(FileRole::ClientKey, path)),
        FileCause::OtherClientKey { certificate, key } => format!(
            "{} 与{} 不匹配",
            of_role(FileRole::ClientCertificate, certificate),
            of_role(FileRole::ClientKey, key)
        ),
        FileCause::NothingMatches { pattern } => format!("没有文件与 {pattern} 匹配"),
        FileCause::BadPattern { pattern, error } => {
            let why = match error {
                PatternError::NoText => "不是文本",
                PatternError::LastBackslash => "末尾的 \\ 之后没有字符",
                PatternError::OpenBracket => "[ 没有对应的 ]",
                PatternError::OpenBrace => "{ 没有对应的 }，字符本身写作 [{]",
                PatternError::ClosingBrace => "} 没有对应的 {，字符本身写作 [}]",
            };
            format!("{pattern} 不是有效的通配模式：{why}")
        }
        FileCause::Broken { path, first: BadBlock { number, line, fault }, more } => {
            let more = if *more == 0 { String::new() } else { format!("；另有 {more} 处损坏") };
            format!("{path}：第 {number} 张证书（第 {line} 行）{}{more}", block(fault))
        }
        FileCause::Closed { path, error, no_password } => {
            let why = no_password.as_ref().map(|error| format!("：{}", secret(error))).unwrap_or_default();
            format!("{path} {}{why}", container(error))
        }
        FileCause::Away { path, folder, error } => format!("没有看到 {path}：所在目录 {folder} {}", of_folder(error)),
    }
}

fn of_role(role: FileRole, path: &str) -> String {
    match role {
        FileRole::Target => path.to_owned(),
        FileRole::ClientCertificate => format!("客户端证书 {path}"),
        FileRole::ClientKey => format!("客户端私钥 {path}"),
        FileRole::StandardInput => "标准输入".to_owned(),
    }
}

fn read(error: &ReadError) -> String {
    match error {
        ReadError::System { said, .. } => clause(said),
        ReadError::NotAFile(_) => "不是普通文件".to_owned(),
        ReadError::TooLarge => "超过 32 MiB".to_owned(),
    }
}

fn of_folder(error: &FolderError) -> String {
    match error {
        FolderError::Empty => "是空的，可能没有挂载".to_owned(),
        FolderError::NotThere => "不存在".to_owned(),
        FolderError::Unreadable(said) => format!("无法读取：{}", clause(said)),
    }
}

fn block(fault: &BlockFault) -> String {
    let words = match fault {
        BlockFault::NoEnd => "没有 END 行",
        BlockFault::NoBegin => "有 END 行而没有 BEGIN 行",
        BlockFault::NotBase64 => "不是 base64",
        BlockFault::NoBlock => "中没有证书",
        BlockFault::CutShort => "不完整",
        BlockFault::Content(error) => return not_a_certificate(error),
    };
    words.to_owned()
}

fn not_a_certificate(error: &NotACertificate) -> String {
    let words = match error {
        NotACertificate::Structure(said) => return format!("不是证书的 DER 编码（{}）", quoted(said)),
        NotACertificate::Dates { not_before, not_after } => {
            return format!("的日期无法识别：not-before {not_before}，not-after {not_after}");
        }
        NotACertificate::List => "不是吊销列表的 DER 编码",
        NotACertificate::EndlessList => "是没有写明下次更新时间的吊销列表",
        NotACertificate::OpenPgp => "不是已知版本的 OpenPGP 密钥",
        NotACertificate::Ssh => "不是已知类型的 SSH 证书",
    };
    words.to_owned()
}

fn container(error: &ContainerError) -> String {
    let words = match error {
        ContainerError::NeedsPassword => "是 PKCS#12，需要密码",
        ContainerError::WrongPassword => "是 PKCS#12，密码不正确",
        ContainerError::ToAKey => "是以密钥而非密码加密的 PKCS#12",
        ContainerError::Algorithm(algorithm) => return format!("是 PKCS#12，加密算法未知：{algorithm}"),
        ContainerError::TooManyRounds => "是 PKCS#12，要求的散列次数过多",
        ContainerError::Broken(kind) => return format!("是损坏的 {kind}"),
    };
    words.to_owned()
}

fn secret(error: &SecretError) -> String {
    match error {
        SecretError::NotSet(variable) => format!("环境变量 {variable} 未设置"),
        SecretError::NoCredentials(name) => format!("没有 systemd 凭据 {name}：CREDENTIALS_DIRECTORY 未设置"),
        SecretError::Unreadable { path, .. } => format!("{} 无法读取", path.display()),
        SecretError::Empty(_) => "密钥为空".to_owned(),
    }
}

fn program(cause: &ProgramCause) -> String {
    match cause {
        ProgramCause::Error(ProgramError::NotFound(program)) => format!("{program} 不存在"),
        ProgramCause::Error(ProgramError::NoInterpreter(program)) => {
            format!("{program} 无法执行：首行指定的解释器不存在")
        }
        ProgramCause::Error(ProgramError::NotExecutable { program, said }) => {
            format!("{program} 无法执行：{}", clause(said))
        }
        ProgramCause::Error(ProgramError::TimedOut { program, limit }) => {
            format!("{program} 在 {} s 内没有结束", limit.as_secs_f32())
        }
        ProgramCause::Error(ProgramError::System { program, said }) => format!("{program} 无法运行：{}", clause(said)),
        ProgramCause::PrintsTooMuch { program, mebibytes } => {
            format!("{program} 的输出超过 {mebibytes} MiB，已被终止")
        }
        ProgramCause::Failed { program, end, said } => {
            let said = if said.is_empty() { String::new() } else { format!("：{}", quoted(said)) };
            match end {
                ProgramEnd::Code(code) => format!("{program} 失败，退出码 {code}{said}"),
                ProgramEnd::Signal(signal) => format!("{program} 失败，信号 {signal}{said}"),
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::cause::ProxyName;

    const LIMIT: Duration = Duration::from_secs(10);

    fn at(address: &str) -> Peer {
        Peer::Address(address.parse().unwrap())
    }

    fn shown(peer: Peer, error: HandshakeError) -> EndpointCause {
        EndpointCause::Handshake { peer, error, within: LIMIT }
    }

    #[test]
    fn why_an_endpoint_showed_nothing_is_in_chinese_and_keeps_its_names() {
        let proxy = ProxyName { kind: "HTTP", place: "192.0.2.1:3128".to_owned() };
        let no_name = Some("name or service not known".to_owned());
        for (cause, in_chinese) in [
            (EndpointCause::Refused(at("10.20.0.9:443")), "10.20.0.9:443 拒绝连接"),
            (
                EndpointCause::NoAnswer { peers: vec![at("[2001:db8::1]:443"), at("10.20.0.9:443")], within: LIMIT },
                "10 s 内没有收到 [2001:db8::1]:443, 10.20.0.9:443 的应答",
            ),
            (
                EndpointCause::NoAddress { host: "www.example".to_owned(), said: no_name },
                "www.example 没有地址：域名不存在",
            ),
            (shown(Peer::Behind(proxy), HandshakeError::NotTls), "HTTP proxy 192.0.2.1:3128 之后的服务 没有使用 TLS"),
            (
                EndpointCause::Addresses {
                    causes: vec![
                        EndpointCause::Refused(at("10.0.0.1:443")),
                        shown(at("10.0.0.2:443"), HandshakeError::NotTls),
                    ],
                    more: 2,
                },
                "10.0.0.1:443 拒绝连接；10.0.0.2:443 没有使用 TLS；另有 2 个地址",
            ),
            (
                shown(at("10.20.0.9:443"), HandshakeError::Other("an odd failure".to_owned())),
                "10.20.0.9:443 没有出示证书：“an odd failure”",
            ),
            (
                EndpointCause::Greeting {
                    peer: at("10.20.0.9:25"),
                    protocol: "SMTP".to_owned(),
                    error: GreetingError::Unexpected("x refused the connection".to_owned()),
                    within: LIMIT,
                },
                "10.20.0.9:25 不使用 SMTP 协议，应答为“x refused the connection”",
            ),
        ] {
            assert_eq!(super::cause(&cause.into()), in_chinese);
        }
    }

    #[test]
    fn why_a_file_showed_nothing_is_in_chinese_and_keeps_its_names() {
        let error =
            ReadError::System { kind: std::io::ErrorKind::NotFound, said: "no such file or directory".to_owned() };
        let unreadable = FileCause::unreadable("/etc/ssl/a b: c.pem".as_ref(), error);
        let first = BadBlock { number: 2, line: 31, fault: BlockFault::NoEnd };
        let broken = FileCause::Broken { path: "/x.pem".to_owned(), first, more: 3 };
        let several = FailureCause::Several(vec![Arc::new(unreadable.into()), Arc::new(broken.into())]);
        assert_eq!(
            super::cause(&several),
            "/etc/ssl/a b: c.pem 无法读取：文件或目录不存在；/x.pem：第 2 张证书（第 31 行）没有 END 行；另有 3 处损坏"
        );
    }
}
