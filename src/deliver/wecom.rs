//! WeCom: post, read the answer.
