//! Simplified Chinese, of findings on pinned keys and on servers of this machine, and of logins to mail servers.

/// As the clauses of `zh_cn_clauses`.
pub(super) const KEYS_AND_SERVERS: &[(&str, &str)] = &[
    ("its key `{}` is not among its pins; {&}", "其公钥 {0} 不在固定的公钥中；{1}"),
    ("its key `{}` is not among its pins", "其公钥 {0} 不在固定的公钥中"),
    ("no TLSA record of it fits: `{}` would", "没有匹配的 TLSA 记录，应为 {0}"),
    (
        "{} (process {}) on port {} runs since {} UTC, and the file changed {} UTC; {&}",
        "端口 {2} 上的 {0}（进程 {1}）自 {3} UTC 起运行，而文件在 {4} UTC 更新；{5}",
    ),
    (
        "{} (process {}) on port {} runs since {} UTC, and the file changed {} UTC",
        "端口 {2} 上的 {0}（进程 {1}）自 {3} UTC 起运行，而文件在 {4} UTC 更新",
    ),
    ("port {}: {&}; {&}", "端口 {0}：{1}；{2}"),
    ("port {}: {&}", "端口 {0}：{1}"),
    ("nothing listens there", "没有程序在监听"),
    ("the process cannot be seen: that needs root, or CAP_SYS_PTRACE", "看不到该进程：需要 root 或 CAP_SYS_PTRACE"),
    ("this system does not show its processes", "本系统不显示进程"),
    ("only Linux shows which process listens", "只有 Linux 能显示监听的进程"),
    ("which process listens is not known", "无法得知监听的进程"),
];

/// The same; before those on any refusal.
pub(super) const LOGINS: &[(&str, &str)] = &[
    ("no access token from {@}: {&}", "无法从 {0} 取得访问令牌：{1}"),
    ("no access token: {&}", "无法取得访问令牌：{0}"),
    ("{@} gives no access token now: {*}", "{0} 暂不签发访问令牌：{1}"),
    ("{@} refused an access token: {*}", "{0} 拒绝签发访问令牌：{1}"),
    ("{@} refused the access token: {*}", "{0} 拒绝了访问令牌：{1}"),
];
