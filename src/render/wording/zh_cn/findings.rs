//! Simplified Chinese, of findings on pinned keys, on servers of this machine and on domains.

/// As the clauses of `clauses`.
pub(super) const KEYS_AND_SERVERS: &[(&str, &str)] = &[
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
];

/// Of authorities that were asked.
pub(super) const DOMAINS: &[(&str, &str)] = &[
    ("its answer is larger than {} KiB", "应答超过 {0} KiB"),
    ("its answer ended too early, or took too long", "应答不完整或超时"),
    ("it answered HTTP {}", "返回 HTTP {0}"),
];
