//! Simplified Chinese, of findings on pinned keys, on servers of this machine and on domains.

/// Of authorities that were asked.
pub(super) const DOMAINS: &[(&str, &str)] = &[
    ("its answer is larger than {} KiB", "应答超过 {0} KiB"),
    ("its answer ended too early, or took too long", "应答不完整或超时"),
    ("it answered HTTP {}", "返回 HTTP {0}"),
];
