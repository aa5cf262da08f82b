//! Simplified Chinese, of findings on pinned keys, on servers of this machine and on domains.

/// As the clauses of `clauses`.
pub(super) const KEYS_AND_SERVERS: &[(&str, &str)] = &[
    ("its key `{}` is not among its pins; {&}", "其公钥 {0} 不在固定的公钥中；{1}"),
    ("its key `{}` is not among its pins", "其公钥 {0} 不在固定的公钥中"),
    ("no TLSA record of it fits: `{}` would; {&}", "没有匹配的 TLSA 记录，应为 {0}；{1}"),
    ("no TLSA record of it fits: `{}` would", "没有匹配的 TLSA 记录，应为 {0}"),
    ("no TLSA record at `{}` fits: `{}` would; {&}", "{0} 没有匹配的 TLSA 记录，应为 {1}；{2}"),
    ("no TLSA record at `{}` fits: `{}` would", "{0} 没有匹配的 TLSA 记录，应为 {1}"),
    ("DNS has no TLSA record at `{}`: `{}` would fit; {&}", "DNS 中没有 {0} 的 TLSA 记录，匹配的是 {1}；{2}"),
    ("DNS has no TLSA record at `{}`: `{}` would fit", "DNS 中没有 {0} 的 TLSA 记录，匹配的是 {1}"),
    ("the TLSA records at `{}`: {&}; {&}", "{0} 的 TLSA 记录：{1}；{2}"),
    ("the TLSA records at `{}`: {&}", "{0} 的 TLSA 记录：{1}"),
    ("none that can be compared fits: there are some with SHA-512", "可比较的都不匹配，另有使用 SHA-512 的记录"),
    ("no client can use them", "没有客户端可以使用的记录"),
    ("it is an address, and has no name in DNS", "这是一个地址，在 DNS 中没有名称"),
    ("no DNS server is named in /etc/resolv.conf", "/etc/resolv.conf 中没有 DNS 服务器"),
    ("{@} answers {}", "{0} 返回 {1}"),
    ("no answer from {@}", "{0} 没有应答"),
    (
        "{} (process {}) on port {} runs since {} UTC, and the file changed {} UTC; {&}",
        "端口 {2} 上的 {0}（进程 {1}）自 {3} UTC 起运行，而文件在 {4} UTC 更新；{5}",
    ),
    (
        "{} (process {}) on port {} runs since {} UTC, and the file changed {} UTC",
        "端口 {2} 上的 {0}（进程 {1}）自 {3} UTC 起运行，而文件在 {4} UTC 更新",
    ),
    (
        "its provider publishes a certificate for {} that this copy lacks: SHA-256 {}, until {}; and {} more",
        "提供方发布了此副本没有的证书（用途 {0}）：SHA-256 {1}，有效期至 {2}；另有 {3} 张",
    ),
    (
        "its provider publishes a certificate for {} that this copy lacks: SHA-256 {}, until {}",
        "提供方发布了此副本没有的证书（用途 {0}）：SHA-256 {1}，有效期至 {2}",
    ),
    ("its renewal, due {}, will fail: {&}", "续期（应在 {0}）将会失败：{1}"),
    ("the CAA records of `{}` permit no authority, and not `{}`", "{0} 的 CAA 记录不允许任何签发者，{1} 也不例外"),
    ("the CAA records of `{}` permit `{}`, and not `{}`", "{0} 的 CAA 记录只允许 {1}，不允许 {2}"),
    ("`{}` leads to `{}`, and `{}` has no such domain", "{0} 指向 {1}，而 {2} 下没有该域名"),
    ("`{}` leads to `{}`, and there is no such top-level domain", "{0} 指向 {1}，而该顶级域名不存在"),
    ("`{}` leads to `{}`, and no server answers for that", "{0} 指向 {1}，而没有服务器应答该名称"),
    (
        "its names are validated by e-mail, which no public authority does from {} on: renew it before, or in another way",
        "其域名通过邮件验证，自 {0} 起公共签发者不再采用：请在此之前续期，或改用其他验证方式",
    ),
    (
        "its names are validated by phone, which no public authority does from {} on: renew it before, or in another way",
        "其域名通过电话验证，自 {0} 起公共签发者不再采用：请在此之前续期，或改用其他验证方式",
    ),
    (
        "its authority wants it to be renewed from {} on, and it ends before",
        "签发者要求从 {0} 起续期，而证书在此之前到期",
    ),
    (
        "its authority lets it be renewed from {} to {}, and it ends before that is over",
        "签发者允许在 {0} 至 {1} 之间续期，而证书在此期间到期",
    ),
    (
        "its authority wants it to be renewed until {}, and `renew-before` plans {}",
        "签发者要求在 {0} 之前续期，而 renew-before 计划在 {1} 续期",
    ),
    ("the CAA records of `{}` hold the critical property `{}`", "{0} 的 CAA 记录含有必须理解的属性 {1}"),
    ("port {}: {&}; {&}", "端口 {0}：{1}；{2}"),
    ("port {}: {&}", "端口 {0}：{1}"),
    ("nothing listens there", "没有程序在监听"),
    ("the process cannot be seen: that needs root, or CAP_SYS_PTRACE", "看不到该进程：需要 root 或 CAP_SYS_PTRACE"),
    ("this system does not show its processes", "本系统不显示进程"),
    ("only Linux shows which process listens", "只有 Linux 能显示监听的进程"),
    ("which process listens is not known", "无法得知监听的进程"),
];

/// Of authorities that were asked.
pub(super) const DOMAINS: &[(&str, &str)] = &[
    ("its answer is larger than {} KiB", "应答超过 {0} KiB"),
    ("its answer ended too early, or took too long", "应答不完整或超时"),
    ("it answered HTTP {}", "返回 HTTP {0}"),
];
