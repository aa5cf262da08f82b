//! Simplified Chinese, of clauses that were written in English when something was looked at or sent.

use super::findings::{DOMAINS, KEYS_AND_SERVERS, LOGINS};

/// An English clause and the same in Chinese, in which a number stands for a hole. Each hole takes no more than its kind
/// allows:
///
/// | hole | takes | shown |
/// |---|---|---|
/// | `{}` | a name or a number | as it is |
/// | `{@}` | a place, perhaps behind a proxy | as it is |
/// | `{&}` | another clause | in Chinese; in quotes where it is not known |
/// | `{*}` | the words of a peer | in quotes |
type Clause = (&'static str, &'static str);

/// The first that matches counts.
const CLAUSES: &[&[Clause]] =
    &[LOGINS, DOMAINS, GREETINGS, ENDPOINTS, FILES, KEYS_AND_SERVERS, FINDINGS, DELIVERIES, CAUSES];

/// Before TLS: what a server says may read as any of the clauses after these.
const GREETINGS: &[Clause] = &[
    ("{@} does not speak {}: it says `{*}`", "{0} 不使用 {1} 协议，应答为{2}"),
    ("{@} speaks {} and offers no TLS: it says `{*}`", "{0} 使用 {1}，但不提供 TLS，应答为{2}"),
    ("{@} speaks {} and refused this connection: it says `{*}`", "{0} 使用 {1}，但拒绝了本次连接，应答为{2}"),
    ("{@} refused {}: {*}", "{0} 拒绝了{1}：{2}"),
    ("{@} does not take {} now: {*}", "{0} 暂不接受{1}：{2}"),
    ("{@} is not taking messages now: {*}", "{0} 暂不接收消息：{1}"),
    ("{@} asks for time: {*}", "{0} 限制了发送频率：{1}"),
    (
        "a gateway in front of {} had no answer in time, and it may have the message: {*}",
        "{0} 的网关没有等到应答，消息可能已送达：{1}",
    ),
    ("the {} answered `{*}`", "{0} 应答{1}"),
];

const ENDPOINTS: &[Clause] = &[
    ("{@} refused the connection", "{0} 拒绝连接"),
    ("no answer from {@} within {}", "{1} 内没有收到 {0} 的应答"),
    ("no way to {@}: {&}", "无法到达 {0}：{1}"),
    ("{@} showed no certificate within {}", "{0} 在 {1} 内没有出示证书"),
    ("{@} closed the connection before it showed a certificate", "{0} 未出示证书就关闭了连接"),
    ("{@} closed the connection before TLS began in {}", "{0} 在 {1} 进入 TLS 之前关闭了连接"),
    ("{@} agreed to TLS and then did not speak it", "{0} 同意使用 TLS，随后却没有使用"),
    ("{@} agreed to TLS and sent {} bytes in the clear after that", "{0} 同意使用 TLS 后又发送了 {1} 字节明文"),
    (
        "{@} offers neither TLS 1.2 nor 1.3, and shows no certificate in anything older",
        "{0} 不支持 TLS 1.2 和 1.3，更旧的版本也没有出示证书",
    ),
    (
        "{@} speaks TLS and refused every version, key exchange and cipher that is known here",
        "{0} 使用 TLS，但拒绝了本机支持的所有版本、密钥交换和加密算法",
    ),
    (
        "{@} refused the handshake, and did not answer when it was asked in other ways",
        "{0} 拒绝握手，换用其他方式也没有应答",
    ),
    ("{@} sends a chain larger than any real one", "{0} 发送的证书链过大"),
    ("{@} knows no host of this name", "{0} 上没有该域名的服务"),
    (
        "{@} showed a certificate and could not prove that it has its key: the signature is wrong",
        "{0} 出示了证书，但无法证明持有其私钥：签名错误",
    ),
    ("{@} showed no certificate: {&}", "{0} 没有出示证书：{1}"),
    ("{@} does not speak TLS", "{0} 没有使用 TLS"),
    ("{@} did not come to TLS in {} within {}", "{0} 在 {2} 内没有由 {1} 进入 TLS"),
    ("{@} did not come to TLS in {}: {&}", "{0} 没有由 {1} 进入 TLS：{2}"),
    ("{@} speaks {} and offers no TLS", "{0} 使用 {1}，但不提供 TLS"),
    ("{@} speaks {} and refused this connection", "{0} 使用 {1}，但拒绝了本次连接"),
    ("{@} does not speak {}", "{0} 不使用 {1} 协议"),
    ("the peer refused with the alert {}", "对方以 {0} 警报拒绝"),
    ("no address of `{}` within {}", "{1} 内没有解析到 {0} 的地址"),
    ("`{}` has no address: {&}", "{0} 没有地址：{1}"),
    ("not looked at: the time for looking was over", "检查时间已用完，本次没有检查"),
    ("no connection can be made: {&}", "无法建立连接：{0}"),
    ("the certificate of {@} {&}", "{0} 的证书{1}"),
    ("and {} addresses more", "另有 {0} 个地址"),
    ("the {} says: {&}", "{0} 答复：{1}"),
    ("the {} did not pass the connection on within {}", "{0} 在 {1} 内没有转发连接"),
    ("the {} did not pass the connection on: {&}", "{0} 没有转发连接：{1}"),
    ("the {} closed the connection", "{0} 关闭了连接"),
    ("the {} wants another name and password", "{0} 要求其他用户名和密码"),
    ("the {} does not speak as a proxy of its kind", "{0} 不是此类代理"),
    ("{}, where it should be served: {&}", "应部署到 {0}：{1}"),
];

const FILES: &[Clause] = &[
    ("`{}` cannot be {}: a fault in certnotify itself{}", "{0} 未能处理：certnotify 自身出错{2}"),
    ("`{}` cannot be read: {&}", "{0} 无法读取：{1}"),
    ("`{}` holds no certificate", "{0} 中没有证书"),
    ("`{}` holds a private key and no certificate", "{0} 中只有私钥，没有证书"),
    ("`{}` matches nothing", "没有文件与 {0} 匹配"),
    ("`{}` was not seen: {&}", "没有看到 {0}：{1}"),
    ("its folder `{}` is empty, as if nothing were mounted there", "所在目录 {0} 是空的，可能没有挂载"),
    ("its folder `{}` is not there", "所在目录 {0} 不存在"),
    ("its folder `{}` cannot be read: {&}", "所在目录 {0} 无法读取：{1}"),
    ("`{}`: {&}", "{0}：{1}"),
    ("`{}` is PKCS#12 and needs a password: {&}", "{0} 是 PKCS#12，需要密码：{1}"),
    ("`{}` {&}", "{0} {1}"),
    ("certificate {} (line {}) {&}", "第 {0} 张证书（第 {1} 行）{2}"),
    ("and {} more are broken", "另有 {0} 处损坏"),
    ("the client certificate `{}` {&}", "客户端证书 {0} {1}"),
    ("the client key `{}` cannot be read: {&}", "客户端私钥 {0} 无法读取：{1}"),
    ("the client key `{}` holds no private key without a password", "客户端私钥 {0} 中没有不加密的私钥"),
    ("does not fit the client key `{}`", "与客户端私钥 {0} 不匹配"),
    ("there is no systemd credential `{}`: {&}", "没有 systemd 凭据 {0}：{1}"),
    ("the environment variable `{}` is not set", "环境变量 {0} 未设置"),
    ("`{}` is not set", "{0} 未设置"),
    ("the secret is empty", "密钥为空"),
];

const FINDINGS: &[Clause] = &[
    ("not valid before {} UTC", "{0} UTC 之前无效"),
    ("does not cover {}; {&}", "未覆盖 {0}；{1}"),
    ("it has no names", "证书中没有域名"),
    ("it is for {} and {} more", "它用于 {0} 等，另有 {1} 个"),
    ("it is for {}", "它用于 {0}"),
    ("its issuers do not stand in the order of their issuing", "签发者没有按签发顺序排列"),
    ("lives {} days, and a public authority may give {}", "有效期 {0} 天，公共 CA 最多可签发 {1} 天"),
    ("expired {&} ago, with its issuer `{}`", "随其签发者 {1} 已过期 {0}"),
    ("expires in {&}, with its issuer `{}`", "随其签发者 {1} 还有 {0} 到期"),
    ("expired {&} ago", "已过期 {0}"),
    ("expires in {&}", "还有 {0} 到期"),
    ("its next list was due {&} ago", "下一份吊销列表已逾期 {0}"),
    ("its next list is due in {&}", "下一份吊销列表应在 {0} 后发布"),
    ("served at {}, another one {&}", "{0} 提供的另一张证书{1}"),
    ("{} still serves another one, serial {}, which ends on {}", "{0} 仍在使用另一张证书（序列号 {1}），{2} 到期"),
    (
        "its root `{}` is trusted by Firefox and Chrome until {}, {&} before its end",
        "其根证书 {0} 在 Firefox 和 Chrome 中只被信任到 {1}，比到期早 {2}",
    ),
    (
        "its issuer `{}` ends {}: {} {} its renewals live shorter than {&}, or are refused",
        "其签发者 {0} 于 {1} 到期：自 {3} 起，续期的证书有效期短于 {4}，或无法签发",
    ),
    ("its issuer `{}` {&}", "其签发者 {0} {1}"),
    ("its issuer `{}`: {&}", "其签发者 {0}：{1}"),
    ("signed with {}", "使用 {0} 签名"),
    ("{} key of {} bits", "{1} 位的 {0} 密钥"),
    ("renewal late since {}: it was due {}", "自 {0} 起逾期，应在 {1} 续期"),
    ("the private key beside it, `{}`, is not its own", "旁边的私钥 {0} 不属于该证书"),
    ("the private key in the same file is not its own", "同一文件中的私钥不属于该证书"),
    ("it is signed by itself", "由自己签名"),
    ("its root `{}` is not among {&}", "其根证书 {0} 不在{1}中"),
    ("the certificate of its issuer `{}` is missing, and is not among {&}", "缺少其签发者 {0} 的证书，{1}中也没有"),
    ("its issuer `{}` is not among {&}", "其签发者 {0} 不在{1}中"),
    ("the CA file", "指定的 CA 文件"),
    ("the roots of this machine", "本机信任的根证书"),
    ("speaks TLS 1.2 with {&}, and nothing better", "只支持 TLS 1.2 的{0}"),
    ("key exchange by RSA, without forward secrecy", "RSA 密钥交换（无前向保密）"),
    ("Diffie-Hellman over finite fields", "有限域 Diffie-Hellman 密钥交换"),
    ("ciphers that clients of today refuse", "当前客户端会拒绝的加密算法"),
    ("speaks {} and nothing newer", "最高只支持 {0}"),
    ("less than a minute", "不到 1 分钟"),
    ("1 day", "1 天"),
    ("{} days", "{0} 天"),
    ("1 hour", "1 小时"),
    ("{} hours", "{0} 小时"),
    ("1 minute", "1 分钟"),
    ("{} minutes", "{0} 分钟"),
];

const DELIVERIES: &[Clause] = &[
    ("no connection to {}: {&}", "无法连接 {0}：{1}"),
    ("no answer from {}: {&}", "{0} 没有应答：{1}"),
    ("the answer of {} was cut off", "{0} 的应答不完整"),
    ("the connection to {} broke before the mail was handed over: {&}", "交付邮件之前，与 {0} 的连接中断：{1}"),
    ("{} did not answer after taking the mail: {&}", "{0} 收下邮件后没有应答：{1}"),
    ("{} takes no mail above {} bytes, and this one is larger", "{0} 不接收超过 {1} 字节的邮件"),
    ("this contact is not to be reached by {}", "该联系人没有 {0} 渠道"),
    ("`{}` does not exist", "{0} 不存在"),
    ("`{}` cannot be executed: {&}", "{0} 无法执行：{1}"),
    ("`{}` did not end within {}", "{0} 在 {1} 内没有结束"),
    ("`{}` could not be run: {&}", "{0} 无法运行：{1}"),
    ("{} failed: exit code {}: {*}", "{0} 失败，退出码 {1}：{2}"),
    ("{} failed: exit code {}", "{0} 失败，退出码 {1}"),
    ("{} refused the mail: exit code {}: {*}", "{0} 拒绝了邮件，退出码 {1}：{2}"),
    ("{} refused the mail: exit code {}", "{0} 拒绝了邮件，退出码 {1}"),
    ("{} does not take {} now: exit code {}", "{0} 暂不接收，退出码 {2}"),
    ("{} is PKCS#12 and needs a password", "{0} 是 PKCS#12，需要密码"),
    ("{}: {&}", "{0}：{1}"),
];

/// Of the system, of libraries, and of containers: a clause about what stands before it.
const CAUSES: &[Clause] = &[
    ("the mail", "邮件"),
    ("the sender", "发件人"),
    ("no such file or directory", "文件或目录不存在"),
    ("permission denied", "没有权限"),
    ("is a directory", "是一个目录"),
    ("connection refused", "连接被拒绝"),
    ("connection reset by peer", "连接被对方重置"),
    ("connection timed out", "连接超时"),
    ("network is unreachable", "网络不可达"),
    ("the network is unreachable", "网络不可达"),
    ("no route to host", "没有到主机的路由"),
    ("host is unreachable", "主机不可达"),
    ("the host is unreachable, or has no address", "主机不可达，或没有地址"),
    ("the connection was refused", "连接被拒绝"),
    ("its rules do not allow this connection", "规则不允许此连接"),
    ("it cannot connect to such an address", "无法连接此类地址"),
    ("it failed", "失败"),
    ("it took too long", "超时"),
    ("it closed the connection", "对方关闭了连接"),
    ("its name has no address", "域名没有地址"),
    ("its name was not resolved in time", "域名解析超时"),
    ("the answer is empty", "解析结果为空"),
    ("name or service not known", "域名不存在"),
    ("no address associated with hostname", "域名没有地址"),
    ("temporary failure in name resolution", "域名解析暂时失败"),
    ("it is larger than 32 MiB", "超过 32 MiB"),
    ("it is a {} and no regular file", "不是普通文件"),
    ("it is no regular file", "不是普通文件"),
    ("it does not answer as a mail server does", "不像邮件服务器那样应答"),
    ("there is none", "没有证书"),
    ("cannot be read: {&}", "无法读取：{0}"),
    ("cannot be read", "无法读取"),
    ("holds no certificate", "中没有证书"),
    ("has no END line", "没有 END 行"),
    ("has an END line and no BEGIN line", "有 END 行而没有 BEGIN 行"),
    ("is not base64", "不是 base64"),
    ("is PKCS#12 and needs a password", "是 PKCS#12，需要密码"),
    ("is PKCS#12, and the password does not open it", "是 PKCS#12，密码不正确"),
    ("is PKCS#12 encrypted to a key, not by a password", "是以密钥而非密码加密的 PKCS#12"),
    ("is PKCS#12 encrypted by an algorithm that is not known: {}", "是 PKCS#12，加密算法未知：{0}"),
    ("is PKCS#12 and asks for more rounds of hashing than are computed", "是 PKCS#12，要求的散列次数过多"),
    ("is {} and broken", "是损坏的 {0}"),
    ("is not DER of a certificate ({*})", "不是证书的 DER 编码（{0}）"),
    ("has dates that cannot be read: not-before `{}`, not-after `{}`", "的日期无法识别：not-before {0}，not-after {1}"),
    ("is not DER of a revocation list", "不是吊销列表的 DER 编码"),
    ("is a revocation list that names no next update", "是没有写明下次更新时间的吊销列表"),
    ("a private authority is added by `ca-file`", "私有 CA 用 ca-file 添加"),
];

/// `said` in Chinese. What is not known is quoted as it was said.
pub(super) fn clause(said: &str) -> String {
    known(said, 0).unwrap_or_else(|| quoted(said))
}

/// Clauses hold clauses only so deep.
const DEPTH: usize = 6;

fn known(said: &str, depth: usize) -> Option<String> {
    if depth == DEPTH {
        return None;
    }
    let whole = CLAUSES.iter().copied().flatten().find_map(|(english, chinese)| {
        let holes = matched(english, said)?;
        filled(chinese, &holes, depth)
    });
    whole.or_else(|| {
        let (first, rest) = said.split_once("; ")?;
        let (first, rest) = (known(first, depth + 1), known(rest, depth + 1));
        // Words of a peer may have this mark, too.
        Some(format!("{}；{}", first?, rest?))
    })
}

fn quoted(said: &str) -> String {
    if said.contains(' ') { format!("“{said}”") } else { said.to_owned() }
}

/// A hole of a pattern, by its mark, and what stands there.
type Hole<'s> = (&'static str, &'s str);

/// What stands in the holes of `pattern` where `said` has its form from the beginning to the end.
fn matched<'s>(pattern: &'static str, said: &'s str) -> Option<Vec<Hole<'s>>> {
    let mut holes = Vec::new();
    let mut pieces = pattern.split('{');
    let first = pieces.next()?;
    let (mut rest, mut is_quoted) = (said.strip_prefix(first)?, first.ends_with('`'));
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let (kind, literal) = piece.split_once('}')?;
        let is_last = pieces.peek().is_none();
        let end = if is_last { rest.strip_suffix(literal)?.len() } else { rest.find(literal)? };
        let (hole, after) = rest.split_at(end);
        if !takes(kind, hole, is_quoted) {
            return None;
        }
        is_quoted = literal.ends_with('`');
        holes.push((kind, hole));
        rest = &after[literal.len()..];
    }
    rest.is_empty().then_some(holes)
}

/// Whether a hole of this kind takes `text`; where it stands in backticks, that is a name of any form.
fn takes(kind: &str, text: &str, is_quoted: bool) -> bool {
    match kind {
        "" if is_quoted => !text.contains('`'),
        "" => !text.contains("; ") && !text.contains(": ") && (text.starts_with('`') || !text.contains('`')),
        "@" => !text.is_empty() && !text.contains("; ") && !text.contains(": ") && !text.contains('`'),
        _ => !text.is_empty(),
    }
}

fn filled(chinese: &str, holes: &[Hole<'_>], depth: usize) -> Option<String> {
    let mut written = String::new();
    let mut pieces = chinese.split('{');
    written.push_str(pieces.next()?);
    for piece in pieces {
        let (number, literal) = piece.split_once('}')?;
        let (kind, hole) = holes.get(number.parse::<usize>().ok()?)?;
        written.push_str(&match *kind {
            "&" => known(hole, depth + 1).unwrap_or_else(|| quoted(hole)),
            "*" => ["“", hole, "”"].concat(),
            "@" => place(hole),
            _ => known_step(hole).unwrap_or(hole).replace('`', ""),
        });
        written.push_str(literal);
    }
    Some(written)
}

/// A step of handing a mail over.
fn known_step(step: &str) -> Option<&'static str> {
    Some(match step {
        "it" => "消息",
        "the connection" => "连接",
        "the greeting" => "问候",
        "the login" => "登录",
        "the sender" => "发件人",
        "the recipient" | "the recipients" => "收件人",
        "the mail" => "邮件",
        _ => return None,
    })
}

/// `the endpoint behind the HTTP proxy 192.0.2.1:3128`, or an address.
fn place(written: &str) -> String {
    match written.strip_prefix("the endpoint behind the ") {
        Some(proxy) => format!("{proxy} 之后的服务"),
        None => written.strip_prefix("the ").unwrap_or(written).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::clause;

    #[test]
    fn a_clause_of_a_look_is_in_chinese_and_keeps_its_names() {
        for (said, in_chinese) in [
            ("10.20.0.9:443 refused the connection", "10.20.0.9:443 拒绝连接"),
            (
                "no answer from [2001:db8::1]:443, 10.20.0.9:443 within 10 s",
                "10 s 内没有收到 [2001:db8::1]:443, 10.20.0.9:443 的应答",
            ),
            ("`www.example` has no address: name or service not known", "www.example 没有地址：域名不存在"),
            (
                "the endpoint behind the HTTP proxy 192.0.2.1:3128 does not speak TLS",
                "HTTP proxy 192.0.2.1:3128 之后的服务 没有使用 TLS",
            ),
            (
                "10.0.0.1:443 refused the connection; 10.0.0.2:443 does not speak TLS",
                "10.0.0.1:443 拒绝连接；10.0.0.2:443 没有使用 TLS",
            ),
            (
                "`/etc/ssl/a b: c.pem` cannot be read: no such file or directory",
                "/etc/ssl/a b: c.pem 无法读取：文件或目录不存在",
            ),
            (
                "`/x.pem`: certificate 2 (line 31) has no END line; and 3 more are broken",
                "/x.pem：第 2 张证书（第 31 行）没有 END 行；另有 3 处损坏",
            ),
            (
                "does not cover `a.example`, `b.example`; it is for c.example and 4 more",
                "未覆盖 a.example, b.example；它用于 c.example 等，另有 4 个",
            ),
            ("served at x.example:443, another one expires in 3 days", "x.example:443 提供的另一张证书还有 3 天 到期"),
            ("its issuer `CN=A; B` expires in 1 hour", "其签发者 CN=A; B 还有 1 小时 到期"),
        ] {
            assert_eq!(clause(said), in_chinese);
        }
    }

    #[test]
    fn the_words_of_a_peer_stand_in_quotes_and_are_taken_for_no_clause() {
        for (said, in_chinese) in [
            ("mx.example:25 refused the recipient: 550 no such user", "mx.example:25 拒绝了收件人：“550 no such user”"),
            (
                "10.20.0.9:25 does not speak SMTP: it says `x refused the connection`",
                "10.20.0.9:25 不使用 SMTP 协议，应答为“x refused the connection”",
            ),
            (
                "login.example refused an access token: 400 invalid_grant: expired",
                "login.example 拒绝签发访问令牌：“400 invalid_grant: expired”",
            ),
            ("no access token from login.example: connection refused", "无法从 login.example 取得访问令牌：连接被拒绝"),
            ("10.20.0.9:443 showed no certificate: an odd failure", "10.20.0.9:443 没有出示证书：“an odd failure”"),
            ("it is odd", "“it is odd”"),
            ("", ""),
            ("; ; ", "“; ; ”"),
        ] {
            assert_eq!(clause(said), in_chinese);
        }
        let nested = "its issuer `x`: ".repeat(200);
        assert!(clause(&nested).len() < 2 * nested.len());
    }
}
